"""PP-OCR on ONNX Runtime, with the models that the rapidocr wheel carries.

Detection and decoding are rapidocr's parts; we run them ourselves, because only the
positions of single characters give every word its own polygon, and because batches
of equal width do not pay for padding.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.utils.process_img import get_rotate_crop_image

from ocr.engines.base import Engine, Found
from ocr.engines.spacing import is_spaceless
from ocr.geometry import clipped
from ocr.images import Pixels, Raster
from ocr.languages import Language
from ocr.types import Line, Point, Polygon, Word

MIN_LINE_SCORE = 0.5
MAX_SIDE_PX = 2000
LINE_HEIGHT_PX = 48  # the recognizer's input
MIN_LINE_WIDTH_PX = 320
WIDTH_STEP_PX = 32
BATCH = 6
# Two detected fragments stand on one row when they share this part of the smaller height.
SAME_ROW = 0.5

Quad = NDArray[np.float32]

onnxruntime.disable_telemetry_events()
onnxruntime.set_default_logger_severity(3)


class LineReader(Protocol):
    """Reads single lines in scripts that the PP-OCR model does not know."""

    def read_line(self, grey: Pixels, language: Language) -> tuple[Word, ...]: ...


class PpOcr(Engine):
    """PP-OCR; lines in scripts that its model lacks are read by `line_reader`."""

    def __init__(self, line_reader: LineReader, threads: int = 1) -> None:
        self._models = RapidOCR(
            params={
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        self._line_reader = line_reader

    def load(self, language: Language) -> None:
        self._models._load_det_model()
        self._models._load_rec_model()

    def read(self, raster: Raster, language: Language) -> Found:
        image, factor = _fitted(raster.rgb[:, :, ::-1])
        quads = self._detect(image)
        crops = [get_rotate_crop_image(image, quad.copy()) for quad in quads]
        if language.has_pp_ocr:
            lines = self._recognize(quads, crops, self._foreign_letters(language))
        else:
            lines = self._read_elsewhere(quads, crops, language)
        height, width = raster.pixels.shape[:2]
        placed = [_placed(words, 1 / factor, width, height) for words in lines if words]
        return Found(tuple(placed), language.code)

    def _detect(self, image: Pixels) -> list[Quad]:
        found = self._models._load_det_model()(image)
        return [] if found.boxes is None else _in_rows([np.asarray(box, np.float32) for box in found.boxes])

    def _recognize(self, quads: list[Quad], crops: list[Pixels], excluded: list[int]) -> list[list[Word]]:
        lines: list[list[Word]] = [[] for _ in quads]
        for batch in _batches(crops):
            for index, columns, probabilities, scale in self._scores(crops, batch, excluded):
                lines[index] = self._words(quads[index], columns, probabilities, scale)
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
        self, quad: Quad, columns: NDArray[np.int64], probabilities: NDArray[np.float32], scale: float
    ) -> list[Word]:
        """Decode one line (CTC: runs of one character count once, 0 is the blank)."""
        starts = np.flatnonzero((columns != 0) & (columns != np.r_[0, columns[:-1]]))
        if not len(starts) or probabilities[starts].mean() < MIN_LINE_SCORE:
            return []
        alphabet = self._models._load_rec_model().postprocess_op.character
        characters = [alphabet[columns[start]] for start in starts]
        centers = [_run_center(columns, int(start)) / scale for start in starts]
        return _split(quad, characters, centers, probabilities[starts])

    def _read_elsewhere(self, quads: list[Quad], crops: list[Pixels], language: Language) -> list[list[Word]]:
        lines = []
        for quad, crop in zip(quads, crops, strict=True):
            grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
            padded = cv2.copyMakeBorder(grey, PAD_PX, PAD_PX, PAD_PX, PAD_PX, cv2.BORDER_REPLICATE)
            words = self._line_reader.read_line(padded, language)
            lines.append(_from_crop(words, quad, crop.shape[1], crop.shape[0]))
        return lines


PAD_PX = 8  # Tesseract misses characters that touch the edge.


@lru_cache(maxsize=50_000)
def _is_accented(character: str) -> bool:
    """A Latin letter with a mark, such as Á or ñ."""
    plain = unicodedata.normalize("NFD", character)
    return len(character) == 1 and len(plain) > 1 and plain[0].isascii() and plain[0].isalpha()


def _fitted(image: Pixels) -> tuple[Pixels, float]:
    """The image with its longer side at most 2,000 pixels, and the factor."""
    factor = min(MAX_SIDE_PX / max(image.shape[:2]), 1.0)
    if factor < 1.0:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image), factor


def _in_rows(quads: list[Quad]) -> list[Quad]:
    """Order fragments by visual row, then from left to right."""
    rows: list[list[Quad]] = []
    for quad in sorted(quads, key=lambda quad: float(quad[:, 1].mean())):
        for row in reversed(rows[-3:]):
            if _shares_row(row[-1], quad):
                row.append(quad)
                break
        else:
            rows.append([quad])
    return [quad for row in rows for quad in sorted(row, key=lambda quad: float(quad[0, 0]))]


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


def _split(quad: Quad, characters: list[str], centers: list[float], probabilities: NDArray[np.float32]) -> list[Word]:
    """Cut a line into words at spaces, and around every character of scripts without spaces.

    Args:
        centers: Of each character along the line, 0.0 at its left end to 1.0 at its right end.
    """
    words: list[Word] = []
    run: list[int] = []
    spaced = True

    def close() -> None:
        nonlocal spaced
        if run:
            left, right = _edge(centers, run[0], -1), _edge(centers, run[-1], +1)
            confidence = min(float(np.mean([probabilities[index] for index in run])), 1.0)
            text = "".join(characters[index] for index in run)
            words.append(Word(text, _part(quad, left, right), confidence, glued=not spaced and bool(words)))
            run.clear()
            spaced = False

    for index, character in enumerate(characters):
        if character.isspace() or is_spaceless(character):
            close()
        if character.isspace():
            spaced = True
            continue
        run.append(index)
        if is_spaceless(character):
            close()
    close()
    return words


def _edge(centers: list[float], index: int, side: int) -> float:
    """Where a character ends: half way to its neighbour, or the end of the line."""
    neighbour = index + side
    if not 0 <= neighbour < len(centers):
        return 0.0 if side < 0 else 1.0
    return min(max((centers[index] + centers[neighbour]) / 2, 0.0), 1.0)


def _part(quad: Quad, left: float, right: float) -> Polygon:
    """The part of a line's quadrilateral between two shares of its length."""
    if quad[0, 1] < quad[3, 1] and _is_upright_column(quad):
        corners = (
            _between(quad[0], quad[3], left),
            _between(quad[1], quad[2], left),
            _between(quad[1], quad[2], right),
            _between(quad[0], quad[3], right),
        )
        return Polygon(*corners)
    return Polygon(
        _between(quad[0], quad[1], left),
        _between(quad[0], quad[1], right),
        _between(quad[3], quad[2], right),
        _between(quad[3], quad[2], left),
    )


def _is_upright_column(quad: Quad) -> bool:
    """rapidocr turns crops that are 1.5 times as high as wide, so their text runs downwards."""
    width = np.linalg.norm(quad[0] - quad[1])
    height = np.linalg.norm(quad[0] - quad[3])
    return bool(height >= 1.5 * width)


def _between(start: Quad, end: Quad, share: float) -> Point:
    x, y = start + (end - start) * share
    return Point(float(x), float(y))


def _from_crop(words: tuple[Word, ...], quad: Quad, width: int, height: int) -> list[Word]:
    """Words read on a padded crop, moved to where the crop stands on the page."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, quad)

    def back(polygon: Polygon) -> Polygon:
        flat = np.array([[(p.x - PAD_PX, p.y - PAD_PX) for p in polygon]], np.float32)
        return Polygon(*(Point(float(x), float(y)) for x, y in cv2.perspectiveTransform(flat, matrix)[0]))

    return [Word(word.text, back(word.polygon), word.confidence, word.glued) for word in words]


def _placed(words: list[Word], factor: float, width: int, height: int) -> Line:
    """A line in pixels of the raster."""
    moved = []
    for word in words:
        polygon = Polygon(*(Point(p.x * factor, p.y * factor) for p in word.polygon))
        moved.append(Word(word.text, clipped(polygon, width, height), word.confidence, word.glued))
    first, last = moved[0].polygon, moved[-1].polygon
    return Line(tuple(moved), Polygon(first.top_left, last.top_right, last.bottom_right, first.bottom_left))
