"""Learn what the engines' confidences are worth, and write `ocr/engines/confidence.json`.

Only from `receipts` and `invoices` of the shared data; nothing else there may train what ships.

python -m bench.calibrate [--limit N] [--keep FILE]
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from mmap import ACCESS_COPY, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import documents
from bench.documents import Sample
from ocr import images
from ocr.engine_protocol import page_from_json, page_to_json
from ocr.engines import confidence, fusion, tesseract
from ocr.engines.alignment import aligned, words_of
from ocr.engines.confidence import calibrated, features_of, sureness, token_text, tokens
from ocr.engines.onnx import PpOcr
from ocr.languages import LANGUAGES
from ocr.types import Line, Page, Word

FOLDERS = ("receipts", "invoices")
TABLES_FILE = Path(confidence.__file__).parent / "confidence.json"
RIDGE = 3.0  # keeps weights of rare features small
STEPS = 40

Readings = list[tuple[Sample, tuple[Line, ...], tuple[Line, ...]]]
Row = tuple[dict[str, float], bool]
IsRight = Callable[[Sequence[Word]], bool]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=0, help="documents of each set; 0: all")
    parser.add_argument("--keep", type=Path, help="file that keeps what the engines read for the next time")
    options = parser.parse_args()
    readings = _readings(options.limit, options.keep)
    tables = {
        "tesseract": fitted([row for sample, ours, _ in readings for row in alone(sample, ours)]),
        "pp_ocr": fitted([row for sample, _, theirs in readings for row in alone(sample, theirs)]),
    }
    confidence.TABLES = tables
    beside: dict[str, list[Row]] = {"tesseract_beside": [], "pp_ocr_beside": []}
    for sample, ours, theirs in readings:
        first, second = calibrated(ours, "tesseract"), calibrated(theirs, "pp_ocr")
        beside["tesseract_beside"] += side_by_side(sample, first, second)
        beside["pp_ocr_beside"] += side_by_side(sample, second, first)
    tables |= {name: fitted(rows) for name, rows in beside.items()}
    TABLES_FILE.write_text(json.dumps(tables, indent=1) + "\n")
    print(f"{len(readings)} documents -> {TABLES_FILE}")


def alone(sample: Sample, lines: Sequence[Line]) -> Iterator[Row]:
    """Each run of words of one engine: what it shows, and whether it is right."""
    is_right = judge(sample)
    for line in lines:
        for token in tokens(line.words):
            yield features_of(token_text(token), sureness(token)), is_right(token)


def side_by_side(sample: Sample, own: Sequence[Line], other: Sequence[Line]) -> Iterator[Row]:
    """The same for an engine beside the other."""
    is_right = judge(sample)
    ours, theirs = words_of(own), words_of(other)
    for group in aligned(ours, theirs):
        mine, its = [ours[i] for i in group.first], [theirs[i] for i in group.second]
        for token in tokens(mine):
            yield fusion.features_beside(token, mine, its), is_right(token)


def judge(sample: Sample) -> IsRight:
    """Whether a run of words stands in the truth: on its line where lines have boxes, else on the page."""
    lines = [(box["bbox"], _folded(box["text"])) for box in sample.truth.get("boxes", ())]
    page = _folded(sample.text)

    def is_right(token: Sequence[Word]) -> bool:
        text = " ".join(_folded(token_text(token)))
        middle = (token[0].box.top + token[0].box.bottom) / 2
        if not lines:
            return text in page
        return any(box[1] - 3 <= middle <= box[3] + 3 and text in words for box, words in lines)

    return is_right


def _folded(text: str) -> set[str]:
    scorers = documents.scorers()
    if scorers is None:
        raise SystemExit("Calibration needs the shared data and tools beside the project.")
    return set(scorers[0].normalise(text, "loose").split())


def fitted(rows: Sequence[Row]) -> dict[str, float]:
    """Weights of a logistic model by Newton's method with a ridge."""
    names = sorted({name for features, _ in rows for name in features})
    table = np.array([[features.get(name, 0.0) for name in names] for features, _ in rows])
    right = np.array([float(is_right) for _, is_right in rows])
    weights: NDArray[np.float64] = np.zeros(len(names))
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (right - chance) - RIDGE * weights
        curve = (table * (chance * (1 - chance))[:, None]).T @ table + RIDGE * np.eye(len(names))
        weights += np.linalg.solve(curve, slope)
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


def _readings(limit: int, keep: Path | None) -> Readings:
    samples = [sample for folder in FOLDERS for sample in documents.load(folder, limit) if sample.text]
    if keep and keep.exists():
        kept = {row["image"]: row for row in map(json.loads, keep.read_text().splitlines())}
        found = [(sample, kept[str(sample.path)]) for sample in samples if str(sample.path) in kept]
        return [(s, page_from_json(row["first"]).lines, page_from_json(row["second"]).lines) for s, row in found]
    engine = tesseract.make("auto")
    pp_ocr = PpOcr(engine)
    readings = [(sample, *_read(engine, pp_ocr, sample)) for sample in samples]
    if keep:
        keep.write_text("".join(_kept(*reading) for reading in readings))
    return readings


def _read(engine: Any, pp_ocr: PpOcr, sample: Sample) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    with sample.path.open("rb") as file:
        raster = images.open_document(mmap(file.fileno(), 0, access=ACCESS_COPY)).render(0, in_color=True)
    language = LANGUAGES[sample.language]
    return engine.read_raw(raster, language), pp_ocr.read_raw(raster, language)


def _kept(sample: Sample, first: tuple[Line, ...], second: tuple[Line, ...]) -> str:
    pages = {"first": page_to_json(Page(1, 1, 1, first)), "second": page_to_json(Page(1, 1, 1, second))}
    return json.dumps({"image": str(sample.path), **pages}, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
