"""How a recipient's data is written in the paths and names of files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from tank.domain.errors import TankError
from tank.domain.values import Row, Value

#: What no file's name may hold: control characters, line separators, and what UTF-8 cannot write.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MAX_DIGITS = 40
_MAX_SHOWN = 80


class AttachmentDataError(TankError):
    """A recipient's own data cannot be part of a file's path."""

    code = "attachment_data"


class EmptyVariable(AttachmentDataError):
    """A recipient has no value for a variable of a file's path."""

    code = "attachment_variable_empty"


def find_value(name: str, rows: Sequence[Row]) -> Value:
    """The value of a variable: its exact name in the first row that has it, else its name without regard to case.

    Names are compared in NFC. Raises ``EmptyVariable`` where no row has it, ``AttachmentDataError`` where one
    row has it twice.
    """
    for row in rows:
        if name in row:
            return row[name]
    folded = _fold(name)
    for row in rows:
        found = [key for key in row if _fold(key) == folded]
        if len(found) > 1:
            raise AttachmentDataError(
                f"{{{{ {name} }}}} could be any of the columns {', '.join(found)}.",
                remedy="Write the variable exactly as the column is called.",
            )
        if found:
            return row[found[0]]
    raise EmptyVariable(
        f"There is no column {name} for the variable {{{{ {name} }}}}.",
        remedy="Name a column of the target query or of the mapping query, or a date variable such as YYYYMM.",
    )


def value_text(name: str, rows: Sequence[Row]) -> str:
    """A variable's value as paths write it, in NFC, never empty.

    Numbers have no exponent and no needless zeros (10, 10.5), dates are YYYYMMDD, and text loses trailing
    blanks, which CHAR columns are padded with. Raises ``EmptyVariable`` where nothing is left, and
    ``AttachmentDataError`` for anything else.
    """
    value = find_value(name, rows)
    text = unicodedata.normalize("NFC", _plain_text(name, value))
    if not text:
        raise EmptyVariable(
            f"{name} is empty, so the file cannot be told.", remedy="Give every row a value, or leave the row out."
        )
    if CONTROL.search(text):
        raise AttachmentDataError(f"{name} is {shown(text)}: it holds a character that no file name may have.")
    return text


def _plain_text(name: str, value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return value.rstrip(" ")
        case int() | float() | Decimal() if not isinstance(value, bool):
            number = Decimal(str(value) if isinstance(value, float) else value)
            if number.is_finite() and abs(number.adjusted()) < _MAX_DIGITS:
                return _number_text(number)
        case date() if not (isinstance(value, datetime) and value.tzinfo):
            return f"{value:%Y%m%d}"
    raise AttachmentDataError(
        f"{name} holds a value of type {type(value).__name__} that a path has no clear way to write.",
        remedy="Make it text in the query, for example with TO_CHAR.",
    )


def _number_text(number: Decimal) -> str:
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain == "-0" else plain


def shown(text: str) -> str:
    """A value as messages quote it: as Python writes it, and not too long."""
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…")


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
