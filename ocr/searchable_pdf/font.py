"""A typeface without shapes: every character half an em wide, with its Unicode beside it.

A text layer needs no drawings of letters, only places and meanings. So one empty glyph
serves all scripts, and a table of the characters in use says what each code means.
"""

import io
import unicodedata
from array import array
from collections.abc import Iterable
from functools import cache

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
from fontTools.ttLib.tables.ttProgram import Program
from pikepdf import Array, Dictionary, Name, Pdf, String

from ocr.searchable_pdf.streams import packed

NAME = "SpocrText"
ADVANCE = 500  # thousandths of an em, for each code
# Nearly the whole height of a line, so that a marked word covers just the word's box. A descent
# of 0 counts as missing to poppler, which then assumes a third of an em.
ASCENT, DESCENT = 999, -1
MAX_CODES = 65_535
LINES_A_BLOCK = 100  # the most that a block of a CMap may have
JOINERS = "\u200c\u200d"


class Alphabet:
    """Gives each cluster of characters in a document its code."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def encode(self, clusters: Iterable[str]) -> str:
        """The codes of some clusters, as hexadecimal digits of a PDF string."""
        return "".join(f"{self._code(cluster):04X}" for cluster in clusters)

    def font(self, pdf: Pdf) -> Dictionary:
        """The font that carries all that was encoded, for `pdf`."""
        descendant = Dictionary(
            Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name("/" + NAME), DW=ADVANCE,
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
            FontDescriptor=pdf.make_indirect(_descriptor(pdf)),
            CIDToGIDMap=packed(pdf, b"\0\0" + b"\0\1" * len(self._codes)),
        )  # fmt: skip
        return Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/" + NAME), Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=packed(pdf, self._to_unicode()),
        )  # fmt: skip

    def _code(self, cluster: str) -> int:
        code = self._codes.setdefault(cluster, len(self._codes) + 1)
        return code if code <= MAX_CODES else self._codes["?"]

    def _to_unicode(self) -> str:
        entries = [
            f"<{code:04X}> <{cluster.encode('utf-16-be').hex().upper()}>"
            for cluster, code in self._codes.items()
            if code <= MAX_CODES
        ]
        blocks = [entries[at : at + LINES_A_BLOCK] for at in range(0, len(entries), LINES_A_BLOCK)]
        body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return CMAP.format(body=body)


CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{body}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def clusters_of(text: str) -> list[str]:
    """The text cut into characters, each with the marks that stand on it."""
    clusters: list[str] = []
    for char in text:
        if clusters and (unicodedata.category(char).startswith("M") or char in JOINERS):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def _descriptor(pdf: Pdf) -> Dictionary:
    program = packed(pdf, _program())
    program.Length1 = len(_program())
    return Dictionary(
        Type=Name.FontDescriptor, FontName=Name("/" + NAME), Flags=4, ItalicAngle=0, StemV=80,
        FontBBox=Array([0, DESCENT, ADVANCE, ASCENT]), Ascent=ASCENT, Descent=DESCENT, CapHeight=ASCENT,
        FontFile2=program,
    )  # fmt: skip


def _corners() -> Glyph:
    """Two lone points: they draw nothing, and yet give a character its extent.

    PDFium passes over text without extent, such as a single character of an empty glyph.
    """
    glyph = Glyph()
    glyph.numberOfContours, glyph.endPtsOfContours = 2, [0, 1]
    glyph.coordinates = GlyphCoordinates([(0, DESCENT), (ADVANCE, ASCENT)])
    glyph.flags = array("B", [1, 1])
    glyph.program = Program()
    glyph.program.fromBytecode(b"")
    return glyph


@cache
def _program() -> bytes:
    """The font file: two glyphs that draw nothing."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "empty"])
    builder.setupCharacterMap({0x20: "empty"})
    builder.setupGlyf({".notdef": Glyph(), "empty": _corners()})
    builder.setupHorizontalMetrics({".notdef": (ADVANCE, 0), "empty": (ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": NAME, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT)
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()
