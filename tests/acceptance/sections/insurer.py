"""An insurer's database, with Korean names for everything: the same customers on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL

from tests.support.source_databases import execute

_TYPES = {
    "sqlite": {"moment": "TEXT", "json": "TEXT", "bytes": "BLOB"},
    "postgresql": {"moment": "TIMESTAMPTZ", "json": "JSONB", "bytes": "BYTEA"},
    "mysql": {"moment": "DATETIME(6)", "json": "JSON", "bytes": "BLOB"},
}
_BYTES = {"sqlite": "x'00FF'", "postgresql": "'\\x00ff'", "mysql": "x'00FF'"}
#: Beyond what a JavaScript number holds.
FIRST_NUMBER = 9007199254740993


@dataclass
class Insurer:
    """The database, and the statements that an operator would write for it."""

    url: URL
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(FIRST_NUMBER))

    def __post_init__(self) -> None:
        self.kind = self.url.get_backend_name()
        types = _TYPES[self.kind]
        execute(
            self.url,
            "CREATE TABLE 고객 (고객번호 BIGINT PRIMARY KEY, 구역 VARCHAR(20), 고객명 VARCHAR(100),"
            " 이메일 VARCHAR(200), 잔액 NUMERIC(14, 2), 가입일 DATE, 활성 BOOLEAN,"
            f" 접속 {types['moment']} NULL, 프로필 {types['json']}, 지문 {types['bytes']},"
            " 상태 VARCHAR(20) CHECK (상태 <> 'REFUSED'), 메시지 VARCHAR(200),"
            f" 발송일시 {types['moment']} NULL)",
            f"CREATE TABLE {self.quoted('청구 내역')} (고객번호 BIGINT, 항목 VARCHAR(50), 금액 NUMERIC(12, 2))",
        )

    def quoted(self, name: str) -> str:
        return f"`{name}`" if self.kind == "mysql" else f'"{name}"'

    def customer(self, area: str, email: str | None, *, bills: int = 1, state: str = "NEW") -> int:
        """A new customer of an area, with so many bills; the number. Without an address all else is NULL too."""
        number = next(self._numbers)
        details = f"1234.25, '2020-02-29', TRUE, NULL, '{{\"취미\": [\"등산\"]}}', {_BYTES[self.kind]}"
        if email is None:
            details = "NULL, NULL, NULL, NULL, NULL, NULL"
        address = "NULL" if email is None else f"'{email}'"
        execute(
            self.url,
            f"INSERT INTO 고객 VALUES ({number}, '{area}', '김{area}', {address}, {details}, '{state}', NULL, NULL)",
            *(
                f"INSERT INTO {self.quoted('청구 내역')} VALUES ({number}, '품목 {line}', {line * 1000}.50)"
                for line in range(1, bills + 1)
            ),
        )
        return number

    def state(self, number: int) -> tuple[str, str | None]:
        """What the write-back left: state and message id."""
        ((state, message_id),) = execute(self.url, f"SELECT 상태, 메시지 FROM 고객 WHERE 고객번호 = {number}")
        return state, message_id

    def set_state(self, number: int, state: str) -> None:
        execute(self.url, f"UPDATE 고객 SET 상태 = '{state}' WHERE 고객번호 = {number}")

    def target_query(self, area: str) -> str:
        """Valid, and odd: comments, a CTE, quotes, colons and percent signs that are none of Tank's business."""
        cast = "이메일::text" if self.kind == "postgresql" else "이메일"
        return f"""-- 대상 고객; :이것은 바인드가 아니다 100%
            WITH 대상 AS (
                SELECT 고객번호, 고객명, {cast} AS 이메일, 잔액, 가입일, 활성, 접속, 프로필, 지문, 상태,
                       'a:b ''인용'' :아님 100% %s ?' AS 문구
                FROM 고객 /* :주석 % */ WHERE 구역 = '{area}' AND 고객명 NOT LIKE '%:없%' AND 7 % 4 = 3
            )
            SELECT * FROM 대상 ORDER BY 고객번호 ;
            """

    def mapping_query(self) -> str:
        bills = self.quoted("청구 내역")
        return f"SELECT 항목, 금액 FROM {bills} WHERE 고객번호 = :고객번호 AND 항목 LIKE '품%' ORDER BY 금액"

    @staticmethod
    def update_query() -> str:
        """The database refuses it for a customer whose state is LOCKED."""
        return """UPDATE 고객 SET 상태 = CASE WHEN 상태 = 'LOCKED' THEN 'REFUSED' ELSE 'SENT' END,
            메시지 = :tank_message_id, 발송일시 = :tank_sent_at WHERE 고객번호 = :고객번호"""

    def run(self, statement: str) -> list[Any]:
        """As the database's owner; the rows, where there are any."""
        return execute(self.url, statement)
