"""One-page PDF files with Korean text, written directly: a tenth of a millisecond each.

The fonts are ones that every PDF reader knows and supplies (ISO 32000-1, sections 9.6.2.2 and 9.7.5.2), so
that nothing is embedded: Helvetica for figures, and HYGothic-Medium of the Adobe-Korea1 collection.
"""

from __future__ import annotations

import zlib

A4_WIDTH, A4_HEIGHT = 595, 842

#: Red, green and blue, 0 to 1.
Colour = tuple[float, float, float]
BLACK: Colour = (0.13, 0.15, 0.19)

# Widths of Helvetica's characters for figures, in thousandths of the size (Adobe's font metrics).
_FIGURE_WIDTHS = {**dict.fromkeys("0123456789", 556), ",": 278, ".": 278, " ": 278, "-": 333, "/": 278, "*": 389}
_SHARED_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 9 0 R/Resources<</Font<</F 4 0 R/B 5 0 R/K 6 0 R>>>>>>",
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
    b"<</Type/Font/Subtype/Type0/BaseFont/HYGothic-Medium/Encoding/UniKS-UCS2-H/DescendantFonts[7 0 R]>>",
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/HYGothic-Medium/DW 1000/W[1 94 500]/FontDescriptor 8 0 R"
    b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Korea1)/Supplement 1>>>>",
    b"<</Type/FontDescriptor/FontName/HYGothic-Medium/Flags 6/FontBBox[-6 -145 1003 880]/ItalicAngle 0"
    b"/Ascent 752/Descent -142/CapHeight 737/StemV 58>>",
)


class Page:
    """An A4 page that is drawn from top to bottom: ``y`` is the distance from the top, in points."""

    def __init__(self, drawn: str = "") -> None:
        self._parts = [drawn] if drawn else []

    @property
    def drawn(self) -> str:
        """What is drawn so far: the start of a page that begins alike."""
        return "\n".join(self._parts)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle whose upper left corner is at (x, y)."""
        self._parts.append(f"{_rgb(colour)} rg {x} {A4_HEIGHT - y - height} {width} {height} re f")

    def line(self, x: float, y: float, width: float, colour: Colour) -> None:
        """A thin horizontal line."""
        self._parts.append(f"{_rgb(colour)} RG 0.5 w {x} {A4_HEIGHT - y} m {x + width} {A4_HEIGHT - y} l S")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: Colour = BLACK,
        *,
        bold: bool = False,
        right: bool = False,
    ) -> None:
        """Text whose base line is at ``y``, and which begins, or with ``right`` ends, at ``x``."""
        figures = all(character in _FIGURE_WIDTHS for character in text)
        left = round(x - text_width(text, size), 2) if right else x
        font = ("B" if bold else "F") if figures else "K"
        shown = f"({text})" if figures else f"<{text.encode('utf-16-be').hex()}>"
        # There is no bold Korean font to rely on: an outline makes the strokes thicker.
        weight = f"{_rgb(colour)} RG {size / 40:.2f} w 2 Tr" if bold and not figures else "0 Tr"
        self._parts.append(f"BT {_rgb(colour)} rg {weight} /{font} {size} Tf {left} {A4_HEIGHT - y} Td {shown} Tj ET")

    def to_pdf(self) -> bytes:
        """The finished file; the same drawing gives the same bytes."""
        content = zlib.compress(self.drawn.encode("ascii"))
        stream = b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(content), content)
        pieces, offsets, size = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"], [], 15
        for number, body in enumerate((*_SHARED_OBJECTS, stream), 1):
            offsets.append(size)
            pieces.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
            size += len(pieces[-1])
        entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        pieces.append(b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(offsets) + 1, entries))
        pieces.append(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, size))
        return b"".join(pieces)


def text_width(text: str, size: float) -> float:
    """How wide a text is, in points: figures in Helvetica, anything else in the Korean font."""
    if all(character in _FIGURE_WIDTHS for character in text):
        return sum(_FIGURE_WIDTHS[character] for character in text) * size / 1000
    return sum(500 if character.isascii() else 1000 for character in text) * size / 1000


def _rgb(colour: Colour) -> str:
    return f"{colour[0]} {colour[1]} {colour[2]}"
