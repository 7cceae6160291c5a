"""The card statement of one customer as a PDF."""

from __future__ import annotations

from datetime import date

from tank.demo.pdf import A4_WIDTH, Colour, Page, text_width
from tank.demo.people import Customer

_NAVY: Colour = (0.09, 0.17, 0.32)
_BLUE: Colour = (0.16, 0.39, 0.8)
_PALE: Colour = (0.94, 0.96, 0.99)
_GREY: Colour = (0.42, 0.46, 0.53)
_LINE: Colour = (0.86, 0.88, 0.92)
_WHITE: Colour = (1, 1, 1)

_LEFT, _RIGHT = 48, A4_WIDTH - 48
_ROW_HEIGHT = 19.5
_TABLE_TOP = 330


class StatementPrinter:
    """Prints statements for one month; what is the same on all of them is drawn once."""

    def __init__(self, month: date) -> None:
        self._month = month
        self._frame = self._draw_frame()

    def print(self, customer: Customer) -> bytes:
        """The customer's statement."""
        page = Page(self._frame)
        self._draw_summary(page, customer)
        self._draw_purchases(page, customer)
        return page.to_pdf()

    def _draw_frame(self) -> str:
        page = Page()
        page.box(0, 0, A4_WIDTH, 92, _NAVY)
        page.text(_LEFT, 44, "새벽카드", 20, _WHITE, bold=True)
        page.text(_LEFT, 66, "Saebyeok Card", 9, (0.72, 0.79, 0.92))
        page.text(_RIGHT, 44, "이용대금 명세서", 17, _WHITE, right=True)
        page.text(_RIGHT, 66, f"{self._month.year}년 {self._month.month}월 이용분", 10, (0.72, 0.79, 0.92), right=True)
        page.box(_LEFT, 196, _RIGHT - _LEFT, 84, _PALE)
        page.text(_LEFT + 18, 222, "이번 달 결제하실 금액", 10, _GREY)
        for y, label in ((222, "결제일"), (242, "결제계좌"), (262, "적립 포인트")):
            page.text(330, y, label, 9, _GREY)
        page.text(_LEFT, _TABLE_TOP - 22, "이용 내역", 12, _NAVY, bold=True)
        page.text(_RIGHT, _TABLE_TOP - 22, "(단위: 원)", 8.5, _GREY, right=True)
        page.box(_LEFT, _TABLE_TOP - 10, _RIGHT - _LEFT, 24, _NAVY)
        page.text(_LEFT + 10, _TABLE_TOP + 6, "이용일", 9, _WHITE)
        page.text(_LEFT + 90, _TABLE_TOP + 6, "이용 가맹점", 9, _WHITE)
        page.text(_RIGHT - 170, _TABLE_TOP + 6, "이용 금액", 9, _WHITE, right=True)
        page.text(_RIGHT - 105, _TABLE_TOP + 6, "할부", 9, _WHITE, right=True)
        page.text(_RIGHT - 10, _TABLE_TOP + 6, "이번 달 청구", 9, _WHITE, right=True)
        page.line(_LEFT, 806, _RIGHT - _LEFT, _LINE)
        page.text(_LEFT, 822, "이 명세서와 고객, 가맹점은 Tank를 시연하려고 지어낸 것입니다.", 8, _GREY)
        return page.drawn

    def _draw_summary(self, page: Page, customer: Customer) -> None:
        page.text(_LEFT, 130, f"{customer.name} 고객님" if customer.name else "고객님", 16, bold=True)
        page.text(_LEFT, 150, f"고객번호 {customer.id}   {customer.grade} 회원", 9.5, _GREY)
        page.text(_LEFT, 167, f"{customer.address}   카드 {customer.card_number}", 9.5, _GREY)
        amount = f"{customer.total:,}"
        page.text(_LEFT + 18, 258, amount, 26, _BLUE, bold=True)
        page.text(_LEFT + 21 + round(text_width(amount, 26), 1), 258, "원", 15, _BLUE, bold=True)
        for y, value in ((222, f"{customer.due_day:%Y.%m.%d}"), (242, customer.bank), (262, f"{customer.points:,} P")):
            page.text(_RIGHT - 18, y, value, 9.5, right=True)

    def _draw_purchases(self, page: Page, customer: Customer) -> None:
        y = _TABLE_TOP + 14.0
        for purchase in customer.purchases:
            base = round(y + 13.5, 1)
            page.text(_LEFT + 10, base, f"{purchase.day:%Y.%m.%d}", 9)
            page.text(_LEFT + 90, base, purchase.shop, 9)
            instalments = f"{purchase.instalments}개월" if purchase.instalments > 1 else "일시불"
            page.text(_RIGHT - 170, base, f"{purchase.amount:,}", 9.5, right=True)
            page.text(_RIGHT - 105, base, instalments, 9, _GREY, right=True)
            page.text(_RIGHT - 10, base, f"{purchase.charge:,}", 9.5, right=True)
            y = round(y + _ROW_HEIGHT, 1)
            page.line(_LEFT, y, _RIGHT - _LEFT, _LINE)
        page.text(_LEFT + 10, y + 18, "합계", 10, _NAVY, bold=True)
        page.text(_RIGHT - 10, y + 18, f"{customer.total:,}", 11, _NAVY, bold=True, right=True)
