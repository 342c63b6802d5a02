"""What a Parse request asks for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from django.core.files.uploadedfile import UploadedFile

from ocr import safe_http, sources
from ocr.api.parse.errors import ALL_FAILED, BAD_BASE64, NO_INPUT, REFUSED, ParseFailure, too_large
from ocr.languages import LANGUAGES
from ocr.reading import Options

PARAMETERS = (
    "apikey", "url", "language", "isoverlayrequired", "base64image", "iscreatesearchablepdf",
    "issearchablepdfhidetextlayer", "filetype", "addressparsing", "scale", "detectorientation", "istable",
    "ocrengine", "detectcheckbox", "checkboxtemplate", "checkboxtemplateregex",
)  # fmt: skip
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
FILE_TYPES = {"pdf", "gif", "png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp"}
ENGINES = {"1": 1, "2": 2}
T = TypeVar("T")
DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,", re.IGNORECASE)


@dataclass(frozen=True)
class Given:
    """The parameters of one request: values by lower-case name, and each name as the caller spelled it."""

    values: Mapping[str, str]
    spelled: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.values.get(name, "").strip()


@dataclass(frozen=True)
class ParseRequest:
    """A checked request: how to read, and how to print what was read."""

    options: Options
    has_overlay: bool
    is_table: bool
    wants_pdf: bool


def given(*sources_of_values: Mapping[str, str]) -> Given:
    """Collect parameters, names in any letter case; the first that names one wins."""
    values: dict[str, str] = {}
    spelled: dict[str, str] = {}
    for source in sources_of_values:
        for name in source:
            values.setdefault(name.lower(), source[name])
            spelled.setdefault(name.lower(), name)
    return Given(values, spelled)


def refuse_unknown(parameters: Given) -> None:
    """Raise `ParseFailure` for the first parameter that the contract does not know."""
    for name, spelling in parameters.spelled.items():
        if name not in PARAMETERS:
            raise ParseFailure(
                REFUSED,
                [
                    f"Parameter name '{spelling}' is invalid. Valid parameters: {','.join(PARAMETERS)}",
                    "If you use the 'url' parameter, make sure that its value is URL-encoded.",
                ],
            )


def parse(parameters: Given, *, file_hint: str = "") -> ParseRequest:
    """Check every parameter.

    Raises:
        ParseFailure: E201 with the first wrong one.
    """
    for name in ("addressparsing", "detectcheckbox", "issearchablepdfhidetextlayer"):
        _flag(parameters, name)
    engine = _choice(parameters, "ocrengine", ENGINES.get, "1")
    options = Options(
        engine=engine,
        language=_choice(parameters, "language", lambda code: _language(code, engine), "eng"),
        detect_orientation=_flag(parameters, "detectorientation"),
        scale=_flag(parameters, "scale"),
        file_type=_choice(parameters, "filetype", _file_type, ""),
        file_hint=file_hint,
    )
    wants_pdf = _flag(parameters, "iscreatesearchablepdf")
    return ParseRequest(
        options,
        has_overlay=_flag(parameters, "isoverlayrequired") or wants_pdf,
        is_table=_flag(parameters, "istable"),
        wants_pdf=wants_pdf,
    )


def content(parameters: Given, file: "UploadedFile[Any] | None", *, limit_bytes: int) -> tuple[IO[bytes], str]:
    """The document and what its name or type claims: the file, else base64, else the URL.

    Raises:
        ParseFailure: There is none, or it is no base64, or too large.
        UrlRefused: The URL cannot be fetched.
    """
    if file is not None:
        return file, sources.hint_of(file.name or "", file.content_type or "")
    if text := parameters.values.get("base64image", ""):
        return _from_data_uri(text)
    if url := parameters.text("url"):
        return _from_url(url, limit_bytes)
    raise ParseFailure(REFUSED, [NO_INPUT])


def _from_data_uri(text: str) -> tuple[IO[bytes], str]:
    head = DATA_URI.match(text)
    if head is None:
        raise ParseFailure(ALL_FAILED, [BAD_BASE64])
    return sources.from_base64(text[head.end() :]), sources.hint_of(head[1])


def _from_url(url: str, limit_bytes: int) -> tuple[IO[bytes], str]:
    try:
        fetched = sources.from_url(url, max_bytes=limit_bytes)
    except safe_http.BodyTooLarge:
        raise ParseFailure(ALL_FAILED, [too_large(limit_bytes)]) from None
    return fetched.content, sources.hint_of(fetched.final_url, fetched.content_type)


def _flag(parameters: Given, name: str) -> bool:
    return _choice(parameters, name, lambda text: BOOLEANS.get(text.lower()), "false")


def _choice(parameters: Given, name: str, convert: Callable[[str], T | None], default: str) -> T:
    converted = convert(parameters.text(name) or default)
    if converted is None:
        spelling = parameters.spelled[name]
        raise ParseFailure(REFUSED, [f"E201: Value for parameter '{spelling}' is invalid"])
    return converted


def _language(code: str, engine: int) -> str | None:
    language = LANGUAGES.get(code.lower())
    return language.code if language and engine in language.engines else None


def _file_type(text: str) -> str | None:
    return text.upper() if not text or text.lower() in FILE_TYPES else None
