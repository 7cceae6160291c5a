"""What every peer sends: a month's card statement, one customer's own, with or without a PDF of a given size."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache

from tank.domain.automation import Template

FROM_EMAIL = "statement@tank.example"
FROM_NAME = "탱크카드"
FILE_NAME = "11월 이용대금 명세서.pdf"
ROW_COLUMNS = ("USED_ON", "SHOP", "AMOUNT")

_STYLE = """
body { margin: 0; background: #f4f5f7; font-family: 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif; }
.card { max-width: 600px; margin: 0 auto; background: #ffffff; padding: 32px; border-radius: 12px; }
h1 { font-size: 20px; color: #14213d; margin: 0 0 8px; }
p { font-size: 15px; line-height: 1.6; color: #333333; }
table { width: 100%; border-collapse: collapse; }
td { padding: 8px 4px; border-bottom: 1px solid #e5e7eb; font-size: 14px; }
.amount { text-align: right; font-variant-numeric: tabular-nums; }
.total { font-size: 24px; font-weight: 700; color: #d62828; }
"""
_HTML = f"""<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><style>{_STYLE}</style></head><body>
<div class="card"><h1>{{{{ NAME }}}}님, 이용대금 명세서입니다</h1>
<p>고객번호 {{{{ CUST_ID }}}}의 11월 이용 내역입니다. 결제일은 2026년 12월 14일입니다.</p>
<p class="total">{{{{ TOTAL }}}}원</p>
<table>{{% for row in rows %}}
<tr><td>{{{{ row.USED_ON }}}}</td><td>{{{{ row.SHOP }}}}</td><td class="amount">{{{{ row.AMOUNT }}}}원</td></tr>
{{% endfor %}}</table>
<p>본 메일은 발신 전용입니다. 문의: 1588-0000</p></div></body></html>"""

TEMPLATE = Template(subject="[탱크카드] {{ NAME }}님의 11월 이용대금 명세서", html=_HTML)


@dataclass(frozen=True, slots=True)
class Customer:
    """One recipient; everything follows from the number."""

    number: int
    email: str
    name: str
    total: int
    #: When, where, how much.
    rows: tuple[tuple[str, str, int], ...]


def customer(number: int) -> Customer:
    """The customer with this number."""
    rows = tuple(
        (f"11월 {day:02}일", f"{shop} {number % 97}호점", 1_000 * (number % 50 + day))
        for day, shop in zip(range(1, 11), _SHOPS, strict=True)
    )
    total = sum(amount for _, _, amount in rows)
    return Customer(number, f"c{number}@customer.example", f"김고객{number}", total, rows)


_SHOPS = ("편의점", "카페", "주유소", "서점", "병원", "마트", "식당", "약국", "영화관", "택시")


def file_of(number: int, size: int) -> bytes:
    """The customer's own file: like a PDF, it does not compress, and no two are equal."""
    return b"%%PDF-1.7 %020d" % number + _filler(size)[30:]


@cache
def _filler(size: int) -> bytes:
    return random.Random(7).randbytes(size)


def plainly(number: int, size: int) -> EmailMessage:
    """The mail as the standard library makes it; its HTML is put together by an f-string, its CSS not inlined."""
    who = customer(number)
    lines = "".join(
        f'<tr><td>{day}</td><td>{shop}</td><td class="amount">{amount}원</td></tr>\n' for day, shop, amount in who.rows
    )
    html = (
        f'<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><style>{_STYLE}</style></head><body>'
        f'<div class="card"><h1>{who.name}님, 이용대금 명세서입니다</h1>'
        f"<p>고객번호 {number}의 11월 이용 내역입니다. 결제일은 2026년 12월 14일입니다.</p>"
        f'<p class="total">{who.total}원</p><table>{lines}</table></div></body></html>'
    )
    message = EmailMessage()
    message["From"] = f"{FROM_NAME} <{FROM_EMAIL}>"
    message["To"] = f"{who.name} <{who.email}>"
    message["Subject"] = f"[탱크카드] {who.name}님의 11월 이용대금 명세서"
    message.set_content(f"{who.name}님의 11월 이용대금은 {who.total}원입니다.")
    message.add_alternative(html, subtype="html")
    if size:
        message.add_attachment(file_of(number, size), maintype="application", subtype="pdf", filename=FILE_NAME)
    return message


def check(body: str, size: int) -> None:
    """Parse one request back and compare it with what its recipient should have got. Raises ``ValueError``."""
    request = json.loads(body)
    message = message_from_bytes(base64.b64decode(request["Content"]["Raw"]["Data"]), policy=policy.default)
    (address,) = request["Destination"]["ToAddresses"]
    who = customer(int(address.removeprefix("c").partition("@")[0]))
    html = message.get_body(("html",))
    page = html.get_content() if html is not None else ""
    files = [(part.get_filename(), part.get_content()) for part in message.iter_attachments()]
    expected = {
        "envelope": (address, who.email),
        "To": (message["To"].addresses[0].addr_spec, who.email),
        "name": (message["To"].addresses[0].display_name, who.name),
        "From": (message["From"].addresses[0].addr_spec, FROM_EMAIL),
        "Subject": (str(message["Subject"]), f"[탱크카드] {who.name}님의 11월 이용대금 명세서"),
        "rows": ([row for row in who.rows if row[1] in page and f"{row[2]}원" in page], list(who.rows)),
        "total": (f"{who.total}원" in page, True),
        "files": (files, [(FILE_NAME, file_of(who.number, size))] if size else []),
    }
    wrong = [part for part, (got, wanted) in expected.items() if got != wanted]
    if wrong:
        raise ValueError(f"the mail to {address} is not what it should be: {', '.join(wrong)}")
