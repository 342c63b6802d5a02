"""Tesseract, in two adapters of one contract: warm in process, or by its command line.

`WarmTesseract` (tesserocr) keeps the language data loaded and hands pixels over in memory:
about half the time of the program for a page. `ProgramTesseract` (pytesseract) works wherever
the program is installed. Both pass the same tests.
"""

import math
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import cv2
import numpy as np
from PIL import Image

from accounts.errors import Unavailable
from ocr.engines.base import Engine, Found, spelled
from ocr.engines.confidence import calibrated, worth
from ocr.engines.korean import with_endings
from ocr.engines.light import blackened, evened, is_black_and_white, is_uneven, paper_of, softened
from ocr.engines.names import in_own_script, with_names
from ocr.engines.noise import without_rules, without_specks
from ocr.engines.page_shape import Shape, shape_of
from ocr.engines.print_size import MEASURED_SIDE_PX, MIN_HEIGHT_PX, character_height, characters
from ocr.engines.spacing import ink_gap, is_glued, may_hang_on_hangul
from ocr.engines.tilt import clear_tilt, tilt_of, tilted
from ocr.engines.vertical import is_in_columns
from ocr.geometry import around, scaled
from ocr.images import Pixels, Raster
from ocr.languages import LANGUAGES, Language
from ocr.types import Box, Line, Word

PSM_AUTO = 3
PSM_COLUMN = 4
PSM_COLUMNS = 5
PSM_BLOCK = 6
PSM_LINE = 7
PSM_OF_SHAPE = {Shape.STRIP: PSM_BLOCK, Shape.COLUMN: PSM_COLUMN, Shape.OTHER: PSM_AUTO}
# Each loaded language takes 20 to 60 MB.
MAX_LOADED = 4
ARABIC = ("ara", "fas")
# A page is hardly read where a character is worth less (see `worth`); a short text is judged by the print beside it.
HARDLY, SHORT, MISSED = 0.05, 150, 0.5
# Larger print is reduced to this height of a character, which Tesseract reads sooner and no worse.
LARGEST_PX, LEAST_REDUCTION = 18.0, 0.93
# Of two bad readings the one that holds more words that are right; at 0.5, one that holds nothing would often win.
LIKELY = 0.3
# Data whose lines are read again in parts, because the words of two data do not mix well in them.
KOREAN, LEFTWARDS = LANGUAGES["kor"].data, [LANGUAGES[code].data for code in ("ara", "per", "heb")]
NOISE_ROWS = "textord_noise_rejrows"
# What Tesseract does by itself and is better without. Its search for print of fixed width serves the engine before the
# present one (1 to 3 % of the time). What it takes for noise before it looks for lines is often print (word F1 of 75
# receipts .681 -> .691, of scanned pages the same). A line that it is not sure of it reads once more as light on dark
# (6 % of the time of receipts): below 0.55 that finds as much as below 0.7 (336 and 338 of 448 words on dark bars).
SETTINGS = {"textord_all_prop": "1", "enable_noise_removal": "0", "invert_threshold": "0.55"}
JOINERS = "\u200c\u200d"  # Zero width; at the end of a Tamil word they join nothing.
RIGHT_TO_LEFT = ("R", "AL")  # classes of Unicode's bidirectional algorithm
TESSDATA_CANDIDATES = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)


class EngineMissing(Unavailable):
    """An engine, or the data of a language, is not installed."""

    code = "ocr_engine_error"


class Token(NamedTuple):
    """One word as Tesseract gives it, before it becomes a `Word`."""

    line: tuple[int, ...]
    text: str
    box: Box
    confidence: float
    tilt: float


def find_tessdata(configured: str = "") -> str:
    """The folder with the language data.

    Raises:
        EngineMissing: There is none.
    """
    for candidate in (configured, *TESSDATA_CANDIDATES):
        if candidate and (Path(candidate) / "eng.traineddata").exists():
            return candidate
    raise EngineMissing(
        "Tesseract's language data is not installed. Install the package tesseract-ocr-eng, "
        "or set TESSDATA_PREFIX to the folder that holds eng.traineddata."
    )


def page_segmentation(language: Language, grey: Pixels) -> int:
    """The mode that reads a page best.

    Mode 3, which finds columns, breaks clean horizontal Japanese and Korean pages that mode 6 reads (CER 72 % and
    21 % against 0.9 %), parts the rows of till slips, which have none (total and date of 80 receipts found, .79 and
    .81 against .84 and .86), and loses pieces of prose that mode 4 reads (CER of 24 scanned pages 5.5 % against 4.0).
    """
    return PSM_BLOCK if language.is_cjk else PSM_OF_SHAPE[shape_of(grey)]


def told_resolution(raster: Raster, language: Language) -> int:
    """Dots per inch to tell Tesseract; 0 to let it estimate them from the print.

    Told, it reads Japanese better, and A4 pages of English a tenth slower at the same accuracy
    (F1 .966 either way on 6 scanned pages).
    """
    return raster.dpi if language.code == "jpn" else 0


Tokens = Callable[[Pixels, int, str, int], Iterable["Token"]]


def _best_lines(tokens: Tokens, raster: Raster, language: Language) -> tuple[Line, ...]:
    """The lines of a page; what is hardly read is looked at again, and the better reading kept.

    Softened, its print blackened, as one block: the mean CER of the 10 of 200 receipts that need it is .72 by the
    first look, .24 so.
    """
    factor = _reduction(raster.grey, language)
    has_shades = not is_black_and_white(raster.grey)
    lines = _lit_lines(tokens, _reduced(raster, factor), language, has_shades=has_shades)
    if factor != 1.0:
        lines = tuple(_at(line, 1 / factor) for line in lines)
    if language.is_cjk or not _is_hardly_read(lines, raster.grey):
        return lines
    clear = blackened(softened(evened(raster.grey, paper_of(raster.grey))))
    return max(lines, _lines(tokens, clear, 0, language.data, PSM_BLOCK), key=_likely)


def _lit_lines(tokens: Tokens, raster: Raster, language: Language, *, has_shades: bool) -> tuple[Line, ...]:
    """The lines of a page; a badly lit one is read as it is and evened, and the better reading kept.

    Tesseract parts ink from paper by one threshold for the whole page. Evened, pages in shadow are read as
    well as others (word F1 .43 -> .68 on 5 receipts in a made shadow), but so is what lies around a photo.
    """
    grey = raster.grey
    resolution, data, mode = _ways(raster, grey, language)
    lines = _lines(tokens, grey, resolution, data, mode)
    paper = paper_of(grey)
    if is_uneven(paper) and has_shades:  # In black and white, what is dark is a picture and no shadow.
        lines = max(lines, _lines(tokens, evened(grey, paper), resolution, data, mode), key=worth)
    return lines


def _reduction(grey: Pixels, language: Language) -> float:
    """How much smaller a page is read: 1.0 where its print is not large."""
    character = 0.0 if language.is_cjk else character_height(grey)
    factor = LARGEST_PX / character if character else 1.0
    return factor if factor < LEAST_REDUCTION else 1.0


def _reduced(raster: Raster, factor: float) -> Raster:
    if factor == 1.0:
        return raster
    grey = cv2.resize(raster.grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return replace(raster, pixels=np.asarray(grey, np.uint8), dpi=round(raster.dpi * factor))


def _at(line: Line, factor: float) -> Line:
    """The line where it stands on a page so many times as large."""
    words = tuple(replace(word, polygon=scaled(word.polygon, factor, factor)) for word in line.words)
    return Line(words, scaled(line.polygon, factor, factor))


def _is_hardly_read(lines: tuple[Line, ...], grey: Pixels) -> bool:
    """Most of it is likely to be wrong, or there is print that was not read: dots that are no strokes, faint ink."""
    count = sum(len(word.text) for line in lines for word in line.words)
    if count and worth(calibrated(lines, "tesseract")) > HARDLY * count:
        return False
    return count >= SHORT or count < MISSED * len(characters(grey, MEASURED_SIDE_PX, MIN_HEIGHT_PX))


def _likely(lines: tuple[Line, ...]) -> float:
    return worth(calibrated(lines, "tesseract"), least=LIKELY)


def _ways(raster: Raster, grey: Pixels, language: Language) -> tuple[int, str, int]:
    """How to read a page: the resolution to tell, the data of its language, the page segmentation mode.

    Columns have data of their own (measured on Japanese pages: CER 0.8 to 2.4 %, against 98 % by lines).
    """
    if is_in_columns(grey, language):
        return 0, f"{language.tesseract}_vert", PSM_COLUMNS
    return told_resolution(raster, language), language.data, page_segmentation(language, grey)


def make(adapter: str, tessdata: str = "") -> "WarmTesseract | ProgramTesseract":
    """The adapter by name: `tesserocr`, `pytesseract`, or `auto` for the first that is installed."""
    folder = find_tessdata(tessdata)
    if adapter in ("auto", "tesserocr"):
        try:
            return WarmTesseract(folder)
        except ImportError:
            if adapter == "tesserocr":
                raise EngineMissing(
                    "The package tesserocr is not installed. Install it or set SPOCR_TESSERACT_ADAPTER=pytesseract."
                ) from None
    return ProgramTesseract(folder)


class _Tesseract(Engine):
    """What both adapters make of the words that they get."""

    def read(self, raster: Raster, language: Language) -> Found:
        return Found(without_specks(calibrated(self.read_raw(raster, language), "tesseract")), language.code)

    def read_raw(self, raster: Raster, language: Language) -> tuple[Line, ...]:
        """Lines with Tesseract's own confidences."""
        return without_rules(_best_lines(self._tokens, raster, language))

    def read_line(self, grey: Pixels, language: Language) -> tuple[Word, ...]:
        """Read a crop that holds a single line; Tesseract's own confidences."""
        return _one_line(self._tokens, grey, language.data)

    def try_line(self, grey: Pixels, language: Language) -> tuple[Word, ...]:
        """Read it as if all of it were in the script of the language."""
        return _one_line(self._tokens, grey, language.tesseract)

    def _tokens(self, grey: Pixels, dpi: int, data: str, mode: int) -> Iterable[Token]:
        raise NotImplementedError


class WarmTesseract(_Tesseract):
    """Tesseract through tesserocr; a few languages stay loaded."""

    def __init__(self, tessdata: str) -> None:
        import tesserocr

        self._library = tesserocr
        self._tessdata = tessdata
        self._loaded: OrderedDict[str, Any] = OrderedDict()

    def load(self, language: Language) -> None:
        self._api(_asked(language.data))

    def orientation(self, raster: Raster) -> int | None:
        """Degrees by which the page must be turned clockwise to stand upright; None when unsure."""
        api = self._api("osd", mode=self._library.PSM.OSD_ONLY)
        _set_pixels(api, raster.grey, raster.dpi)
        found = api.DetectOrientationScript() or {}
        return _clear_turn(found.get("orient_deg", 0), found.get("orient_conf", 0.0))

    def _tokens(self, grey: Pixels, dpi: int, data: str, mode: int) -> list[Token]:
        api = self._api(data)
        api.SetPageSegMode(mode)
        api.SetVariable(NOISE_ROWS, _noise_rows(data, mode))
        _set_pixels(api, grey, dpi)
        try:
            if not api.Recognize():
                raise Unavailable("Tesseract gave up on this page.")
            iterator = api.GetIterator()
            return list(self._walk(iterator)) if iterator else []
        finally:
            api.Clear()

    def _walk(self, iterator: Any) -> Iterator[Token]:
        level, line_level = self._library.RIL.WORD, self._library.RIL.TEXTLINE
        line, tilt = 0, 0.0
        while True:
            if iterator.IsAtBeginningOf(line_level):
                line, tilt = line + 1, tilt_of(iterator.Baseline(line_level))
            box, confidence = iterator.BoundingBox(level), iterator.Confidence(level) / 100
            text = self._text(iterator).strip() if box else ""
            if text:
                yield Token((line,), text, Box(*map(float, box)), confidence, tilt)
            if not iterator.Next(level):
                return

    def _text(self, iterator: Any) -> str:
        """The text of a word in logical order, which tesserocr only gives symbol by symbol."""
        word, symbol = self._library.RIL.WORD, self._library.RIL.SYMBOL
        text = iterator.GetUTF8Text(word) or ""
        if not any(unicodedata.bidirectional(character) in RIGHT_TO_LEFT for character in text):
            return str(text)
        symbols = [iterator.GetUTF8Text(symbol)]
        while not iterator.IsAtFinalElement(word, symbol) and iterator.Next(symbol):
            symbols.append(iterator.GetUTF8Text(symbol))
        return "".join(symbols)

    def _api(self, data: str, mode: int = PSM_AUTO) -> Any:
        if data in self._loaded:
            self._loaded.move_to_end(data)
            return self._loaded[data]
        _demand(self._tessdata, data)
        api = self._library.PyTessBaseAPI(path=self._tessdata, lang=data, psm=mode, variables=SETTINGS)
        self._loaded[data] = api
        if len(self._loaded) > MAX_LOADED:
            self._loaded.popitem(last=False)[1].End()
        return api


class ProgramTesseract(_Tesseract):
    """Tesseract through its program. It is only ever handed a bitmap that we decoded and named:
    the program would take a text file as a list of images to read.
    """

    def __init__(self, tessdata: str) -> None:
        import pytesseract

        self._library = pytesseract
        self._tessdata = tessdata

    def load(self, language: Language) -> None:
        _demand(self._tessdata, language.data)

    def orientation(self, raster: Raster) -> int | None:
        """Degrees by which the page must be turned clockwise to stand upright; None when unsure."""
        try:
            found = self._library.image_to_osd(
                _bitmap(raster.grey),
                config=self._config(0, raster.dpi or 70),
                output_type=self._library.Output.DICT,
            )
        except self._library.TesseractError:  # too few characters to tell
            return None
        return _clear_turn(found["orientation"], found["orientation_conf"])

    def _tokens(self, grey: Pixels, dpi: int, data: str, mode: int) -> list[Token]:
        _demand(self._tessdata, data)
        settings = {**SETTINGS, NOISE_ROWS: _noise_rows(data, mode)}
        config = " ".join((self._config(mode, dpi), *(f"-c {name}={value}" for name, value in settings.items())))
        try:
            page = self._library.image_to_pdf_or_hocr(_bitmap(grey), lang=data, config=config, extension="hocr")
        except self._library.TesseractNotFoundError:
            raise EngineMissing("The tesseract program is not installed. Install the package tesseract-ocr.") from None
        except self._library.TesseractError as error:
            raise Unavailable("Tesseract gave up on this page.") from error
        return list(_from_hocr(page))

    def _config(self, mode: int, dpi: int) -> str:
        resolution = f" --dpi {dpi}" if dpi else ""
        return f"--tessdata-dir {self._tessdata} --psm {mode}{resolution}"


def _noise_rows(data: str, mode: int) -> str:
    """Whether rows that look like noise are thrown away: so do joined letters (two of three clean lines of Arabic),
    and a line that was cut out with the feet of its neighbour.
    """
    return "0" if mode == PSM_LINE or data.startswith(ARABIC) else "1"


def _set_pixels(api: Any, grey: Pixels, dpi: int) -> None:
    height, width = grey.shape
    if is_black_and_white(grey):
        rows = np.packbits(grey, axis=1)
        api.SetImageBytes(rows.tobytes(), width, height, 0, rows.shape[1])
    else:
        api.SetImageBytes(grey.tobytes(), width, height, 1, width)
    if dpi:
        api.SetSourceResolution(dpi)


def _bitmap(grey: Pixels) -> Image.Image:
    image = Image.fromarray(grey)
    if is_black_and_white(grey):
        image = image.convert("1")
    image.format = "PPM"  # pytesseract writes its temporary file in this format: no compression
    return image


def _from_hocr(page: bytes) -> Iterator[Token]:
    """Words out of hOCR, which, other than the program's table, tells each line's tilt."""
    document = ElementTree.fromstring(page)  # noqa: S314 - written by the program, whatever was in the picture
    lines = (element for element in document.iter() if element.get("class") in HOCR_LINES)
    for number, line in enumerate(lines):
        slope = _hocr_property(line, "baseline")
        tilt = clear_tilt(math.atan(slope[0])) if slope else 0.0
        for word in line.iter():
            text = "".join(word.itertext()).strip()
            if word.get("class") == "ocrx_word" and text:
                box = Box(*_hocr_property(word, "bbox"))
                yield Token((number,), text, box, _hocr_property(word, "x_wconf")[0] / 100, tilt)


HOCR_LINES = ("ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat")


def _hocr_property(element: ElementTree.Element, name: str) -> list[float]:
    """The numbers of one property in an element's title, such as `bbox 1 2 3 4`."""
    for entry in (element.get("title") or "").split(";"):
        key, *values = entry.split()
        if key == name:
            return [float(value) for value in values]
    return []


def _lines(tokens: Tokens, grey: Pixels, dpi: int, data: str, mode: int) -> tuple[Line, ...]:
    rows: dict[tuple[int, ...], list[Token]] = {}
    for token in tokens(grey, dpi, _asked(data), mode):
        rows.setdefault(token.line, []).append(token)
    lines = tuple(_line(row, grey) for row in rows.values())
    read = partial(_one_line, tokens)
    if data in LEFTWARDS:
        return tuple(with_names(line, grey, read, _asked(data)) for line in lines)
    own, plus, _ = data.partition("+")
    lines = tuple(in_own_script(line, grey, read, own) for line in lines) if plus else lines
    return tuple(with_endings(line, grey, read) for line in lines) if data == KOREAN else lines


def _asked(data: str) -> str:
    """The data that Tesseract is to read with at once."""
    return data.partition("+")[0] if data in LEFTWARDS else data


def _one_line(tokens: Tokens, grey: Pixels, data: str) -> tuple[Word, ...]:
    return tuple(word for line in _lines(tokens, grey, 0, data, PSM_LINE) for word in line.words)


def _line(row: list[Token], grey: Pixels) -> Line:
    words = []
    for index, token in enumerate(row):
        before = row[index - 1] if index else None
        glued = before is not None and _is_glued(before, token, grey)
        confidence = min(max(token.confidence, 0.0), 1.0)
        text = spelled("".join(token.text.split()).strip(JOINERS) or token.text)
        words.append(Word(text, tilted(token.box, token.tilt), confidence, glued))
    return Line(tuple(words), around(word.polygon for word in words))


def _is_glued(before: Token, after: Token, grey: Pixels) -> bool:
    is_korean = may_hang_on_hangul(before.text, after.text)
    gap = ink_gap(grey, before.box, after.box) if is_korean else None
    return is_glued(before.text, before.box, after.text, after.box, gap)


def _clear_turn(degrees: int, confidence: float) -> int | None:
    return (360 - degrees) % 360 if confidence >= MIN_ORIENTATION_CONFIDENCE else None


# Tesseract's own scale; upright pages with little text are turned by mistake below it.
MIN_ORIENTATION_CONFIDENCE = 1.0


def _demand(folder: str, data: str) -> None:
    """Refuse data of which a part is not installed: Tesseract would read without it and say nothing."""
    for name in data.split("+"):
        if not (Path(folder) / f"{name}.traineddata").exists():
            package = "tesseract-ocr-" + name.replace("_", "-")
            raise EngineMissing(f"The Tesseract data {name!r} is not installed. Install the package {package}.")
