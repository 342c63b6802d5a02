"""PP-OCR on ONNX Runtime, with the models that the rapidocr wheel carries.

Detection and decoding are rapidocr's parts; we run them ourselves, because only the
positions of single characters give every word its own polygon, and because batches
of equal width do not pay for padding.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.utils.process_img import get_rotate_crop_image

from ocr.engines import foreign
from ocr.engines.base import Engine, Found
from ocr.engines.confidence import calibrated, sureness
from ocr.engines.language_guess import languages_of
from ocr.engines.print_size import character_height
from ocr.engines.reading_order import regions
from ocr.engines.spacing import is_spaceless
from ocr.engines.vertical import completed, is_in_columns
from ocr.engines.word_places import Quad, is_upright_column, unread_stretch, words_of
from ocr.geometry import clipped
from ocr.images import Pixels, Raster
from ocr.languages import LANGUAGES, Language
from ocr.types import Line, Point, Polygon, Word

MIN_LINE_SCORE = 0.5
# Where lines stand is looked for on a page whose characters are this high: larger print only costs time
# (measured on receipts: the same word F1 at 0.4 of the time of the detector's own size).
DETECTED_HEIGHT_PX = 12
LONGEST_SIDE_PX, USUAL_SIDE_PX, SHORTEST_SIDE_PX = 2000, 1280, 640
LINE_HEIGHT_PX = 48  # the recognizer's input
MIN_LINE_WIDTH_PX = 160
WIDTH_STEP_PX = 32
BATCH = 6
# Lines that vote on which way up a page is; their mean confidence, and by how much it must be better.
VOTERS, CONVINCED, CLEARLY = 8, 0.6, 0.15
# So much print without a character, in its heights, is in a script that the model lacks.
LONGEST_UNREAD = 1.5
# Two detected fragments stand on one row when they share this part of the smaller height.
SAME_ROW = 0.5

onnxruntime.disable_telemetry_events()
onnxruntime.set_default_logger_severity(3)


class Recognized(NamedTuple):
    """What was recognized on a line, and where along it each character has its middle, 0.0 to 1.0."""

    words: list[Word]
    centers: list[float]


class PpOcr(Engine):
    """PP-OCR; lines in scripts that its model lacks are read by `line_reader`."""

    def __init__(self, line_reader: foreign.LineReader, threads: int = 1) -> None:
        self._models = RapidOCR(
            params={
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Det.limit_type": "max",  # we choose the size
                "Det.limit_side_len": 2 * LONGEST_SIDE_PX,
            }
        )
        self._line_reader = line_reader

    def load(self, language: Language) -> None:
        self._models._load_det_model()
        self._models._load_rec_model()

    def read(self, raster: Raster, language: Language) -> Found:
        if is_in_columns(raster.grey, language) and (read := foreign.read_columns(self._line_reader, raster, language)):
            return self._with_columns(raster, *read)
        if language.code == "auto":
            return self._read_any(raster)
        if language.has_pp_ocr:
            return Found(calibrated(self.read_raw(raster, language), "pp_ocr"), language.code)
        quads, crops = self._located(raster)
        lines = [self._read_elsewhere(quad, crop, language) for quad, crop in zip(quads, crops, strict=True)]
        return Found(calibrated(_placed(lines, raster), "tesseract"), language.code)

    def _with_columns(self, raster: Raster, fuller: tuple[Line, ...], code: str) -> Found:
        if not LANGUAGES[code].has_pp_ocr:
            return Found(calibrated(fuller, "tesseract"), code)
        return Found(completed(calibrated(self.read_raw(raster, LANGUAGES[code]), "pp_ocr"),
                               calibrated(fuller, "tesseract")), code)  # fmt: skip

    def turn(self, raster: Raster) -> int | None:
        """Degrees by which the page must be turned clockwise to stand upright; None when that is unclear.

        The longest lines are read both ways round: letters upside down are read with far less confidence.
        Chinese characters are read as surely when they lie on their side: there Tesseract is asked first.
        """
        quads, crops = self._located(raster)
        by_length = sorted(range(len(quads)), key=lambda i: max(crops[i].shape[:2]), reverse=True)[:VOTERS]
        if not by_length:
            return None
        tall = [i for i in by_length if is_upright_column(quads[i])]
        voters = tall if len(tall) * 2 > len(by_length) else [i for i in by_length if i not in tall]
        as_is, text = self._conviction([quads[i] for i in voters], [crops[i] for i in voters])
        around, turned = self._conviction(
            [quads[i] for i in voters], [np.ascontiguousarray(crops[i][::-1, ::-1]) for i in voters]
        )
        if max(as_is, around) < CONVINCED or abs(as_is - around) < CLEARLY:
            return None
        if any(map(is_spaceless, max((as_is, text), (around, turned))[1])):
            sure = self._line_reader.orientation(raster)
            if sure is not None:
                return sure
        # Columns were cut out turned by 90 degrees against the clock.
        return (270 if as_is > around else 90) if voters == tall else (0 if as_is > around else 180)

    def _conviction(self, quads: list[Quad], crops: list[Pixels]) -> tuple[float, str]:
        """The mean confidence of lines, those that cannot be read as 0; and their text."""
        lines = self._recognize(quads, crops, [])
        convictions = [sureness(line.words) for line in lines if line.words]
        return sum(convictions) / len(lines), "".join(_text(line.words) for line in lines)

    def read_raw(self, raster: Raster, language: Language) -> tuple[Line, ...]:
        """Lines with PP-OCR's own confidences, in a language whose script its model knows."""
        quads, crops = self._located(raster)
        lines = self._recognize(quads, crops, self._foreign_letters(language))
        return _placed([line.words for line in lines], raster)

    def _read_any(self, raster: Raster) -> Found:
        """Read lines in any script, several on one page, and tell the languages."""
        quads, crops = self._located(raster)
        recognized = self._recognize(quads, crops, [])
        lines = [line.words for line in recognized]
        unread = {
            i: _for_tesseract(crop) for i, (crop, line) in enumerate(zip(crops, recognized, strict=True))
            if foreign.is_unread(line.words, crop) or unread_stretch(crop, line.centers) > LONGEST_UNREAD
        }  # fmt: skip
        doubtful = {
            i: _for_tesseract(crops[i]) for i, words in enumerate(lines)
            if i not in unread and foreign.is_doubtful(words)
        }  # fmt: skip
        elsewhere = {i: words for i, (words, _) in foreign.read(self._line_reader, unread, doubtful).items()}
        codes = languages_of(_text(words) for i, words in enumerate(lines) if i not in unread)
        for code in codes[:1]:
            if not LANGUAGES[code].has_pp_ocr:  # Latin letters of which its model lacks some
                others = {i: _for_tesseract(crop) for i, crop in enumerate(crops) if i not in elsewhere}
                reader = self._line_reader
                elsewhere |= {i: reader.read_line(crop, LANGUAGES[code]) for i, crop in others.items()}
        for index, words in elsewhere.items():
            lines[index] = _from_crop(words, quads[index], *crops[index].shape[1::-1])
        tables = ["tesseract" if index in elsewhere else "pp_ocr" for index, words in enumerate(lines) if words]
        placed = _placed(lines, raster)
        sure = [calibrated([line], table)[0] for line, table in zip(placed, tables, strict=True)]
        return Found(tuple(sure), "+".join(languages_of(line.text for line in placed)))

    def _located(self, raster: Raster) -> tuple[list[Quad], list[Pixels]]:
        """Where the lines stand, and each cut out and levelled."""
        image = np.ascontiguousarray(raster.rgb[:, :, ::-1])
        quads = self._detect(image, raster.grey)
        return quads, [get_rotate_crop_image(image, quad.copy()) for quad in quads]

    def _detect(self, image: Pixels, grey: Pixels) -> list[Quad]:
        """Where lines stand on the image, in reading order."""
        factor = _detection_scale(grey)
        how = cv2.INTER_AREA if factor < 1.0 else cv2.INTER_CUBIC
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=how)
        found = self._models._load_det_model()(small)
        if found.boxes is None:
            return []
        return _in_order([np.asarray(box, np.float32) / factor for box in found.boxes])

    def _recognize(self, quads: list[Quad], crops: list[Pixels], excluded: list[int]) -> list[Recognized]:
        lines = [Recognized([], []) for _ in quads]
        for batch in _batches(crops):
            for index, columns, probabilities, scale in self._scores(crops, batch, excluded):
                lines[index] = self._words(quads[index], crops[index], columns, probabilities, scale)
        return lines

    def _scores(
        self, crops: list[Pixels], batch: list[int], excluded: list[int]
    ) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float32], float]]:
        """For each line: the best character of each column, its probability, columns a line width."""
        recognizer = self._models._load_rec_model()
        ratio = max(_input_width(crops[index]) for index in batch) / LINE_HEIGHT_PX
        inputs = np.stack([recognizer.resize_norm_img(crops[index], ratio) for index in batch])
        predictions = recognizer.session(inputs.astype(np.float32))
        predictions[:, :, excluded] = 0.0
        best, probabilities = predictions.argmax(axis=2), predictions.max(axis=2)
        for row, index in enumerate(batch):
            height, width = crops[index].shape[:2]
            used = min(width / height / ratio, 1.0)
            yield index, best[row], probabilities[row], best.shape[1] * used

    def _foreign_letters(self, language: Language) -> list[int]:
        """Classes that cannot be right: specks above capitals turn English "A" into "Á"."""
        if language.code != "eng":
            return []
        alphabet = self._models._load_rec_model().postprocess_op.character
        return [index for index, character in enumerate(alphabet) if _is_accented(character)]

    def _words(
        self, quad: Quad, crop: Pixels, columns: NDArray[np.int64], probabilities: NDArray[np.float32], scale: float
    ) -> Recognized:
        """Decode one line (CTC: runs of one character count once, 0 is the blank)."""
        starts = np.flatnonzero((columns != 0) & (columns != np.r_[0, columns[:-1]]))
        if not len(starts) or probabilities[starts].mean() < MIN_LINE_SCORE:
            return Recognized([], [])
        alphabet = self._models._load_rec_model().postprocess_op.character
        characters = [alphabet[columns[start]] for start in starts]
        centers = [_run_center(columns, int(start)) / scale for start in starts]
        return Recognized(words_of(quad, crop, characters, centers, probabilities[starts]), centers)

    def _read_elsewhere(self, quad: Quad, crop: Pixels, language: Language) -> list[Word]:
        words = self._line_reader.read_line(_for_tesseract(crop), language)
        return _from_crop(words, quad, *crop.shape[1::-1])


PAD_PX = 8  # Tesseract misses characters that touch the edge.


def _for_tesseract(crop: Pixels) -> Pixels:
    """A line in grey with a margin."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.copyMakeBorder(grey, PAD_PX, PAD_PX, PAD_PX, PAD_PX, cv2.BORDER_REPLICATE))


def _text(words: Sequence[Word]) -> str:
    return "".join(word.text if word.glued else " " + word.text for word in words)


@lru_cache(maxsize=50_000)
def _is_accented(character: str) -> bool:
    """A Latin letter with a mark, such as Á or ñ."""
    plain = unicodedata.normalize("NFD", character)
    return len(character) == 1 and len(plain) > 1 and plain[0].isascii() and plain[0].isalpha()


def _detection_scale(grey: Pixels) -> float:
    """The factor that brings the print to the size at which lines are looked for."""
    longest, character = float(max(grey.shape)), character_height(grey)
    if not character:  # a word or two, which may be large
        return USUAL_SIDE_PX / longest if longest > USUAL_SIDE_PX else max(SHORTEST_SIDE_PX / longest, 1.0)
    side = longest * DETECTED_HEIGHT_PX / character
    return min(max(side, SHORTEST_SIDE_PX), LONGEST_SIDE_PX) / longest


def _in_order(quads: list[Quad]) -> list[Quad]:
    """Columns of prose one after the other, each by rows; vertical writing from right to left."""
    tall = sum(map(is_upright_column, quads)) * 2 > len(quads)
    # Turned on its left side, vertical writing is read like any other.
    seen = [np.stack([quad[:, 1], -quad[:, 0]], axis=1) if tall else quad for quad in quads]
    boxes = np.array([[*quad.min(axis=0), *quad.max(axis=0)] for quad in seen], np.float64)
    return [quads[index] for region in regions(boxes) for index in _in_rows(seen, region)]


def _in_rows(quads: list[Quad], indices: list[int]) -> list[int]:
    """Order fragments by visual row, then from left to right."""
    rows: list[list[int]] = []
    for index in sorted(indices, key=lambda index: float(quads[index][:, 1].mean())):
        for row in reversed(rows[-3:]):
            if _shares_row(quads[row[-1]], quads[index]):
                row.append(index)
                break
        else:
            rows.append([index])
    return [index for row in rows for index in sorted(row, key=lambda index: float(quads[index][:, 0].min()))]


def _shares_row(first: Quad, second: Quad) -> bool:
    common = min(first[:, 1].max(), second[:, 1].max()) - max(first[:, 1].min(), second[:, 1].min())
    return bool(common > SAME_ROW * min(np.ptp(first[:, 1]), np.ptp(second[:, 1])))


def _input_width(crop: Pixels) -> int:
    """Width of a crop at the recognizer's height, rounded up so that widths repeat."""
    width = crop.shape[1] * LINE_HEIGHT_PX / crop.shape[0]
    return max(int(-(-width // WIDTH_STEP_PX) * WIDTH_STEP_PX), MIN_LINE_WIDTH_PX)


def _batches(crops: list[Pixels]) -> Iterator[list[int]]:
    """Lines of equal input width together, at most six."""
    widths: dict[int, list[int]] = {}
    for index, crop in enumerate(crops):
        widths.setdefault(_input_width(crop), []).append(index)
    for same in widths.values():
        for start in range(0, len(same), BATCH):
            yield same[start : start + BATCH]


def _run_center(columns: NDArray[np.int64], start: int) -> float:
    end = start + 1
    while end < len(columns) and columns[end] == columns[start]:
        end += 1
    return float(start + end) / 2


def _from_crop(words: tuple[Word, ...], quad: Quad, width: int, height: int) -> list[Word]:
    """Words read on a padded crop, moved to where the crop stands on the page."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, quad)

    def back(polygon: Polygon) -> Polygon:
        flat = np.array([[(p.x - PAD_PX, p.y - PAD_PX) for p in polygon]], np.float32)
        return Polygon(*(Point(float(x), float(y)) for x, y in cv2.perspectiveTransform(flat, matrix)[0]))

    return [replace(word, polygon=back(word.polygon)) for word in words]


def _placed(lines: Sequence[Sequence[Word]], raster: Raster) -> tuple[Line, ...]:
    """Lines of the raster; those without words are left out."""
    height, width = raster.pixels.shape[:2]
    return tuple(_line(words, width, height) for words in lines if words)


def _line(words: Sequence[Word], width: int, height: int) -> Line:
    moved = [replace(word, polygon=clipped(word.polygon, width, height)) for word in words]
    first, last = moved[0].polygon, moved[-1].polygon
    return Line(tuple(moved), Polygon(first.top_left, last.top_right, last.bottom_right, first.bottom_left))
