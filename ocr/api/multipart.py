"""The parts of a multipart form, their heads read as clients really write them.

Django's own reader passes over a part whose file name is not UTF-8, as older clients on Windows send it,
and wants each line of a head to end in CRLF and the whole head to fit into a kilobyte.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import InterBoundaryIter, LazyStream, MultiPartParserError
from django.utils.http import parse_header_parameters

MAX_HEAD_BYTES = 8192
BOUNDARY = re.compile(r"[ -~]{0,200}[!-~]")
END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
# A part without a file name whose type says that it is a document all the same.
DOCUMENT_TYPES = ("image/", "application/pdf", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form.

    Attributes:
        name: The field's name; None where the head has none.
        file_name: "" for a file input that nobody has touched; None where the head has none.
        is_base64: The content travels in base64.
        content: What comes after the head; the next part comes after it.
    """

    name: str | None
    file_name: str | None
    content_type: str
    is_base64: bool
    content: Iterator[bytes]

    @property
    def is_file(self) -> bool:
        return self.file_name is not None or self.content_type.startswith(DOCUMENT_TYPES)


class BrokenForm(Exception):
    """No multipart form; the message says what is missing."""


def parts(pieces: Iterator[bytes], boundary: str) -> Iterator[Part]:
    """Give the parts of a form as they arrive, and what precedes them; each is to be used up before the next.

    Raises:
        BrokenForm: The boundary is none, or does not occur; a part's head does not end.
    """
    if not BOUNDARY.fullmatch(boundary):
        raise BrokenForm("there is no valid boundary in its Content-Type.")
    found = 0
    try:
        for part in _split(pieces, boundary.encode("ascii")):
            yield part
            found += 1
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise BrokenForm(f"{error}") from error
    if found == 1:  # what precedes the first boundary
        raise BrokenForm("the boundary that its Content-Type names is not in the body.")


def _split(pieces: Iterator[bytes], boundary: bytes) -> Iterator[Part]:
    stream = LazyStream(pieces)  # type: ignore[arg-type] # the stubs know too few streams
    for number, content in enumerate(InterBoundaryIter(stream, b"--" + boundary)):
        head = _head(content, is_part=number > 0)
        disposition = head.get("content-disposition", ("", {}))[1]
        yield Part(
            name=disposition.get("name"),
            file_name=disposition.get("filename"),
            content_type=_value(head, "content-type"),
            is_base64=_value(head, "content-transfer-encoding") == "base64",
            content=content,
        )


Head = dict[str, tuple[str, dict[str, str]]]


def _head(content: LazyStream, *, is_part: bool) -> Head:
    """The head's lines, by name in lower case: value in lower case and parameters. What precedes the form has none."""
    start: bytes = content.read(MAX_HEAD_BYTES)
    end = END_OF_HEAD.search(start)
    if end is None:
        if is_part and len(start) == MAX_HEAD_BYTES:
            raise BrokenForm(f"the head of a part is longer than {MAX_HEAD_BYTES} bytes.")
        return {}
    content.unget(start[end.end() :])
    head: Head = {}
    for line in start[: end.start()].splitlines():
        name, colon, rest = _text(line).partition(":")
        if colon:
            head[name.strip().lower()] = parse_header_parameters(rest)
    return head


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _value(head: Head, name: str) -> str:
    return head.get(name, ("", {}))[0].strip().lower()
