"""The form of a Parse request, taken in as it arrives: a document goes to a file, never whole into memory.

Django's own parsers hold fields in memory, and a plan of 100 MB means 134 MB of base64 in one.
Whatever is wrong with a document is noted and told later, in the contract's order of checks.
"""

import binascii
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import unquote_to_bytes

from django.utils.http import parse_header_parameters

from ocr.api import multipart
from ocr.api.multipart import BrokenForm, Part
from ocr.api.parse.body import Body
from ocr.api.parse.errors import ALL_FAILED, BAD_BASE64, REFUSED, ParseFailure, too_large

MEMORY_BYTES = 1_048_576  # a larger document goes on to a file without a name
MAX_FIELDS = 100
MAX_FIELD_BYTES = 1_048_576  # of all fields but the document, together
MAX_DATA_URI_HEAD = 200
MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
# A type may have parameters: some libraries write a file name or a character set there.
DATA_URI = re.compile(rb"data:([\w.+-]+/[\w.+-]+)(?:;[^;,]*)*;base64", re.IGNORECASE)


class Store:
    """A document as it arrives: in memory while it is small, then in a file; past the limit only counted."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.size_bytes = 0
        self.content: IO[bytes] = BytesIO()

    def write(self, piece: bytes) -> None:
        self.size_bytes += len(piece)
        if self.size_bytes > self.limit_bytes:
            return
        if self.size_bytes > MEMORY_BYTES and isinstance(self.content, BytesIO):
            file = TemporaryFile()  # noqa: SIM115 - the form closes it
            file.write(self.content.getbuffer())
            self.content = file
        self.content.write(piece)

    def opened(self) -> IO[bytes]:
        """The whole document.

        Raises:
            ParseFailure: It is larger than the limit.
        """
        if self.size_bytes > self.limit_bytes:
            raise ParseFailure(ALL_FAILED, [too_large(self.limit_bytes)])
        return self.content


class Base64:
    """Base64 text, decoded as it arrives; white space is as wrong as any other character that is none of it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_bad = False
        self._rest = b""
        self._is_padded = False

    def write(self, text: bytes) -> None:
        text = self._rest + text
        whole = len(text) // 4 * 4
        self._rest = text[whole:]
        if self.is_bad or not whole:
            return
        try:
            data = binascii.a2b_base64(text[:whole], strict_mode=True)
        except binascii.Error:
            data = b""
        self.is_bad = not data or self._is_padded
        self._is_padded = text[whole - 1 : whole] == b"="
        self.store.write(b"" if self.is_bad else data)

    def end(self) -> None:
        self.is_bad = self.is_bad or bool(self._rest) or not self.store.size_bytes


class DataUri:
    """`data:<type>;base64,<data>`, decoded as it arrives."""

    def __init__(self, limit_bytes: int) -> None:
        self.store = Store(limit_bytes)
        self.content_type = ""
        self.is_empty = True
        self._head = b""
        self._base64 = Base64(self.store)

    def write(self, text: bytes) -> None:
        self.is_empty = self.is_empty and not text
        if self.content_type:
            self._base64.write(text)
        elif not self._base64.is_bad:
            self._begin(text)

    def _begin(self, text: bytes) -> None:
        head, comma, rest = (self._head + text).partition(b",")
        self._head = head
        named = DATA_URI.fullmatch(head) if comma else None
        if named:
            self.content_type = named[1].decode("ascii", "replace")
            self._base64.write(rest)
        elif comma or len(head) > MAX_DATA_URI_HEAD:
            self._base64.is_bad = True

    def opened(self) -> IO[bytes]:
        """The document.

        Raises:
            ParseFailure: It is no base64, or too large.
        """
        self._base64.end()
        if self._base64.is_bad:
            raise ParseFailure(ALL_FAILED, [BAD_BASE64])
        return self.store.opened()


class Text:
    """A field's value."""

    def __init__(self, form: "Form", name: str) -> None:
        self._form, self._name = form, name
        form.values[name] = ""
        self._bytes = b""

    def write(self, piece: bytes) -> None:
        self._form.count_bytes(len(piece))
        self._bytes += piece
        self._form.values[self._name] = self._bytes.decode("utf-8", "replace")


class Form(AbstractContextManager["Form"]):
    """What the form holds: values by name as spelled, the first file part, the base64 image."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.values: dict[str, str] = {}
        self.file: Store | None = None
        self.file_claims: tuple[str, str] = ("", "")
        self.image: DataUri | None = None
        self._fields = self._bytes = 0

    def __exit__(self, *raised: object) -> None:
        for store in (self.file, self.image and self.image.store):
            if store:
                store.content.close()

    def begin_field(self, name: str) -> Text | DataUri:
        """Where the pieces of this field's value are to go."""
        self._fields += 1
        if self._fields > MAX_FIELDS:
            raise ParseFailure(REFUSED, [f"The form has more than {MAX_FIELDS} fields. Send only parameters."])
        self.count_bytes(len(name))
        if name.lower() != "base64image":
            return Text(self, name)
        if self.image:
            self.image.store.content.close()
        self.values[name] = ""
        self.image = DataUri(self.limit_bytes)
        return self.image

    def begin_file(self, name: str, content_type: str) -> Store:
        """Where a file's pieces are to go; of several files, the first with any content counts."""
        if self.file and self.file.size_bytes:
            return Store(0)
        self.file, self.file_claims = Store(self.limit_bytes), (name, content_type)
        return self.file

    def count_bytes(self, count: int) -> None:
        self._bytes += count
        if self._bytes > MAX_FIELD_BYTES:
            raise ParseFailure(REFUSED, ["The form's fields are too long. Send a document as file or base64Image."])


def read(body: Body, *, limit_bytes: int) -> Form:
    """Take the whole form in.

    Raises:
        ParseFailure: It is no form, is broken, or did not arrive.
    """
    form = Form(limit_bytes)
    kind, options = parse_header_parameters(body.content_type)
    try:
        if kind == MULTIPART:
            _read_multipart(body, options.get("boundary", ""), form)
        elif kind == URLENCODED:
            _read_urlencoded(body, form)
        elif any(body):
            raise ParseFailure(REFUSED, [f"The body is not a form. Send it as {MULTIPART} or {URLENCODED}."])
        body.demand_end()
    except BaseException:
        form.__exit__()
        raise
    return form


def _read_multipart(body: Body, boundary: str, form: Form) -> None:
    try:
        for part in multipart.parts(iter(body), boundary):
            _read_part(part, form)
    except BrokenForm as error:
        raise ParseFailure(REFUSED, [f"The multipart form is broken: {error}"]) from error
    _pass_over(body)


def _read_part(part: Part, form: Form) -> None:
    if part.is_file:
        store = form.begin_file(part.file_name or "", part.content_type)
        sink = Base64(store) if part.is_base64 else store
        for piece in part.content:
            sink.write(b"".join(piece.split()) if part.is_base64 else piece)
    elif part.name is not None:
        field = form.begin_field(part.name.strip())
        for piece in part.content:
            field.write(piece)
    else:
        _pass_over(part.content)


def _pass_over(pieces: Iterable[bytes]) -> None:
    for _ in pieces:
        pass


def _read_urlencoded(body: Body, form: Form) -> None:
    pair = _Pair(form)
    for chunk in body:
        *ended, rest = chunk.split(b"&")
        for piece in ended:
            pair.take(piece)
            pair.end()
            pair = _Pair(form)
        pair.take(rest)
    pair.end()


class _Pair:
    """One `name=value` of a urlencoded form, percent-decoded as it arrives."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._value: Text | DataUri | None = None
        self._waiting = b""  # the name so far, or the beginning of an escape

    def take(self, piece: bytes) -> None:
        text = self._waiting + piece
        if self._value is None:
            name, equals, text = text.partition(b"=")
            if not equals:
                self._waiting = name
                self._form.count_bytes(len(piece))
                return
            self._value = self._begin(name)
        escape = text.rfind(b"%", max(len(text) - 2, 0))
        whole = len(text) if escape < 0 else escape
        self._waiting = text[whole:]
        self._value.write(_unquoted(text[:whole]))

    def end(self) -> None:
        if self._value is None and self._waiting:
            self._begin(self._waiting)
        elif self._value is not None and self._waiting:
            self._value.write(_unquoted(self._waiting))

    def _begin(self, name: bytes) -> Text | DataUri:
        return self._form.begin_field(_unquoted(name).decode("utf-8", "replace"))


def _unquoted(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
