"""Reading an .xlsx file back with nothing but the standard library."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
#: How the format writes characters that XML has not (ECMA-376, 22.9.2.19, ST_Xstring).
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def cells_of(book: bytes) -> list[list[str | float]]:
    """The rows of the first sheet; texts as ``str``, numbers as ``float``, empty cells left out."""
    return [[_value(cell) for cell in row] for row in _sheet(book).iter(f"{_MAIN}row")]


def formulas_of(book: bytes) -> list[str]:
    """Formulas and links of the first sheet."""
    return [part.tag for part in _sheet(book).iter() if part.tag in (f"{_MAIN}f", f"{_MAIN}hyperlink")]


def _sheet(book: bytes) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))


def _value(cell: ElementTree.Element) -> str | float:
    if cell.get("t") == "inlineStr":
        text = "".join(part.text or "" for part in cell.iter(f"{_MAIN}t"))
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    number = cell.find(f"{_MAIN}v")
    assert number is not None
    assert number.text is not None
    return float(number.text)
