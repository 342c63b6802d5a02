"""Streams that we add to a PDF."""

import zlib

from pikepdf import Array, Name, Pdf, Stream


def packed(pdf: Pdf, data: bytes | str) -> Stream:
    """A stream of `pdf`, compressed; text is ASCII."""
    stream = pdf.make_stream(zlib.compress(data.encode("ascii") if isinstance(data, str) else data))
    stream.Filter = Name.FlateDecode
    return stream


def form(pdf: Pdf, content: bytes | str, extent: float) -> Stream:
    """A drawing that a page can place, reaching so far to each side of its origin."""
    stream = packed(pdf, content)
    stream.Type, stream.Subtype, stream.FormType = Name.XObject, Name.Form, 1
    stream.BBox = Array([-extent, -extent, extent, extent])
    return stream
