"""Streams that we add to a PDF."""

import zlib

from pikepdf import Array, Name, Pdf, Stream

PACKING = 9  # of zlib: as small as it goes


def packed(pdf: Pdf, data: bytes | str) -> Stream:
    """A stream of `pdf`, compressed; text is ASCII."""
    stream = pdf.make_stream(zlib.compress(data.encode("ascii") if isinstance(data, str) else data, PACKING))
    stream.Filter = Name.FlateDecode
    return stream


def form(pdf: Pdf, content: bytes | str, extent: int) -> Stream:
    """A drawing that a page can place, reaching so far to each side of its origin."""
    stream = packed(pdf, content)
    stream.Subtype = Name.Form
    stream.BBox = Array([-extent, -extent, extent, extent])
    return stream
