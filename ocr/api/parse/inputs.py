"""What a Parse request asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, TypeVar

from ocr import safe_http, sources
from ocr.api.parse.errors import ALL_FAILED, NO_INPUT, REFUSED, ParseFailure, too_large
from ocr.api.parse.forms import DataUri, Form
from ocr.languages import LANGUAGES
from ocr.reading import Options

PARAMETERS = (
    "apikey", "url", "language", "isoverlayrequired", "base64image", "iscreatesearchablepdf",
    "issearchablepdfhidetextlayer", "filetype", "addressparsing", "scale", "detectorientation", "istable",
    "ocrengine", "detectcheckbox", "checkboxtemplate", "checkboxtemplateregex",
)  # fmt: skip
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
FILE_TYPES = {"pdf", "gif", "png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp"}
ENGINES = {"1": 1, "2": 2, "3": 3}
MONTHS_AGO = {"thismonth": 0, "lastmonth": 1}
T = TypeVar("T")


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
    hides_text_layer: bool


def given(*sources_of_values: Mapping[str, str]) -> Given:
    """Collect parameters, names in any letter case; the first that names one wins."""
    values: dict[str, str] = {}
    spelled: dict[str, str] = {}
    for source in sources_of_values:
        for name in source:
            values.setdefault(name.lower(), source[name])
            spelled.setdefault(name.lower(), name)
    return Given(values, spelled)


def refuse_unknown(parameters: Given, known: tuple[str, ...] = PARAMETERS) -> None:
    """Raise `ParseFailure` for the first parameter that the contract does not know."""
    for name, spelling in parameters.spelled.items():
        if name not in known:
            raise ParseFailure(
                REFUSED,
                [
                    f"Parameter name '{spelling}' is invalid. Valid parameters: {','.join(known)}",
                    "If you use the 'url' parameter, make sure that its value is URL-encoded.",
                ],
            )


def parse(parameters: Given, *, file_hint: str = "") -> ParseRequest:
    """Check every parameter.

    Raises:
        ParseFailure: E201 with the first wrong one.
    """
    for name in ("addressparsing", "detectcheckbox"):
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
        hides_text_layer=_flag(parameters, "issearchablepdfhidetextlayer"),
    )


def months_ago(parameters: Given) -> int:
    """Which month's usage is asked for: 0 this one, 1 the last."""
    return _choice(parameters, "startdate", lambda text: MONTHS_AGO.get(text.lower()), "thismonth")


def content(parameters: Given, form: Form, *, limit_bytes: int) -> tuple[IO[bytes], str]:
    """The document and what its name or type claims: the file, else base64, else the URL.

    A file without content gives way to the others: browsers send one for a file input that nobody has touched.

    Raises:
        ParseFailure: There is none, or it is no base64, or too large.
        UrlRefused: The URL cannot be fetched.
    """
    if form.file is not None and form.file.size_bytes:
        return form.file.opened(), sources.hint_of(*form.file_claims)
    image = form.image or _image_in(parameters, limit_bytes)
    if not image.is_empty:
        return image.opened(), sources.hint_of(image.content_type)
    if url := parameters.text("url"):
        return _from_url(url, limit_bytes)
    if form.file is not None and form.file_claims[0]:
        return form.file.opened(), ""
    raise ParseFailure(REFUSED, [NO_INPUT])


def _image_in(parameters: Given, limit_bytes: int) -> DataUri:
    """The base64 image of the query, where no form holds one."""
    image = DataUri(limit_bytes)
    image.write(parameters.values.get("base64image", "").encode())
    return image


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
