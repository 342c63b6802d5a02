"""The bodies of Workspace requests: JSON, and the form of POST /upload."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import PureWindowsPath
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, JSONParser

from accounts.errors import Invalid
from ocr.api import multipart
from ocr.api.multipart import BrokenForm, Part
from ocr.api.requests import BROKEN_BODY
from ocr.api.workspace.errors import OutOfService, TooLarge

CHUNK_BYTES = 65_536
MEMORY_BYTES = 2 * 1024 * 1024  # a larger file or body goes on to the disk
STALL_SECONDS = 30.0  # a client that sends nothing for so long is given up
MAX_PARTS = 200
MAX_FIELD_BYTES = 65_536
Files = MultiValueDict[str, Any]  # of UploadedFile, which Django's stubs want generic and Django does not


class Json(JSONParser):  # type: ignore[misc]
    """JSON is UTF-8 whatever the header says; the mark that Windows programs put before it is passed over."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return super().parse(stream, media_type, {"encoding": "utf-8-sig"})


class UploadForm(BaseParser):  # type: ignore[misc]
    """A multipart form with files. Django's own parser loses files whose names are not UTF-8."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        boundary = parse_header_parameters(media_type or "")[1].get("boundary", "")
        fields, files = QueryDict(mutable=True), Files()
        with ExitStack() as opened:
            try:
                for number, part in enumerate(multipart.parts(_pieces(stream), boundary)):
                    if number > MAX_PARTS:
                        raise ParseError
                    _take(part, fields, files, opened)
            except BrokenForm as error:
                raise ParseError from error
            opened.pop_all()  # Django closes the files when the answer is out
        return DataAndFiles(fields, files)


def take_chunks(request: HttpRequest, *, most_bytes: int) -> BinaryIO:
    """Give a body that comes in chunks a length, and the file that holds it, to be closed at the end.

    Raises:
        TooLarge: It has more than `most_bytes`.
        Invalid: It breaks off.
        OutOfService: There is no room for it.
    """
    size = 0
    with ExitStack() as opened:
        body = cast("BinaryIO", SpooledTemporaryFile(MEMORY_BYTES))  # noqa: SIM115 - the caller closes it
        opened.callback(body.close)
        try:
            for piece in _arriving(request):
                size += len(piece)
                if size > most_bytes:
                    raise TooLarge
                body.write(piece)
        except OSError as error:
            raise OutOfService from error
        opened.pop_all()
    body.seek(0)
    request.META["CONTENT_LENGTH"] = str(size)
    request._stream = body  # in place of the empty one that Django has made
    return body


def _arriving(request: HttpRequest) -> Iterator[bytes]:
    if connection := request.META.get("gunicorn.socket"):
        connection.settimeout(STALL_SECONDS)
    try:
        yield from _pieces(request.META["wsgi.input"])
    except BROKEN_BODY as error:
        raise Invalid("The body broke off before its last chunk. Send it again.") from error


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.read(CHUNK_BYTES), b"")


def _take(part: Part, fields: QueryDict, files: Files, opened: ExitStack) -> None:
    if part.name is not None and part.file_name:
        file = SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 - `opened` closes it
        opened.callback(file.close)
        for piece in part.content:
            file.write(piece)
        file.seek(0)
        # Some browsers sent the whole path.
        files.appendlist(part.name, UploadedFile(file, PureWindowsPath(part.file_name).name))
        return
    value = b""
    for piece in part.content:
        value = (value + piece)[: MAX_FIELD_BYTES + 1]
    if part.name is not None and part.file_name is None:
        if len(value) > MAX_FIELD_BYTES:
            raise ParseError
        fields.appendlist(part.name, value.decode("utf-8", "replace"))
