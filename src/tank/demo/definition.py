"""The demo's automation: last month's card statement to every customer."""

from __future__ import annotations

from importlib.resources import files

from tank.domain.attachment import AttachmentRule
from tank.domain.automation import Dbio, Definition, Envelope, Policies, TargetColumns, Template

AUTOMATION_NAME = "카드 이용대금 명세서"
AUTOMATION_DESCRIPTION = "매월 모든 고객에게 지난달 이용대금 명세서를 PDF와 함께 보냅니다. (시연용)"

_TARGET_QUERY = """\
SELECT c.CUST_ID,
       c.고객명,
       c.EMAIL,
       c.등급,
       s.STMT_YM,
       s.이용월,
       s.CARD_NO,
       s.결제계좌,
       s.청구금액,
       s.결제일,
       s.POINT
  FROM CUSTOMER c
  JOIN CARD_STATEMENT s ON s.CUST_ID = c.CUST_ID
 WHERE s.STMT_YM = (SELECT MAX(STMT_YM) FROM CARD_STATEMENT)
 ORDER BY c.CUST_ID"""

_MAPPING_QUERY = """\
SELECT 이용일, 가맹점, 이용금액, 할부개월, 이번달청구
  FROM CARD_TRANSACTION
 WHERE CUST_ID = :CUST_ID
   AND STMT_YM = :STMT_YM
 ORDER BY 이용일, TX_ID"""

_UPDATE_QUERY = """\
UPDATE SEND_RESULT
   SET SENT_YN = 'Y',
       SENT_AT = :tank_sent_at,
       MESSAGE_ID = :tank_message_id,
       RUN_ID = :tank_run_id
 WHERE CUST_ID = :CUST_ID
   AND STMT_YM = :STMT_YM"""


def demo_definition(*, connection: str, sender: str) -> Definition:
    """The automation's definition, on a connection and a sender by their names."""
    return Definition(
        dbio=Dbio(
            connection=connection,
            target_query=_TARGET_QUERY,
            mapping_query=_MAPPING_QUERY,
            update_query=_UPDATE_QUERY,
        ),
        columns=TargetColumns(email="EMAIL", key=("CUST_ID",), name="고객명"),
        template=Template(
            subject="[새벽카드] {% if 고객명 %}{{ 고객명 }} 고객님의 {% endif %}"
            "{{ 이용월|date('%-m월') }} 이용대금은 {{ 청구금액|won }}입니다",
            html=_text("statement.html"),
            text=_text("statement.txt"),
        ),
        attachments=(
            AttachmentRule(
                pattern="/statement/{{ STMT_YM }}/{{ CUST_ID }}_*.pdf",
                file_name="카드이용대금명세서_{{ STMT_YM }}.pdf",
            ),
        ),
        envelope=Envelope(
            sender=sender,
            from_email="statement@saebyeok.example.com",
            from_name="새벽카드",
            reply_to="help@saebyeok.example.com",
        ),
        policies=Policies(update_repeatable=True),
    )


def _text(name: str) -> str:
    return files("tank.demo").joinpath(name).read_text("utf-8")
