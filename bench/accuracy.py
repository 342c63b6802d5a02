"""Accuracy of the engines on documents whose text is known. For fields see `bench.fields`.

Word F1 where a document has no single reading order (receipts), else the character error rate (CER), scored by the
shared tools.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import distorted, documents
from bench.calibrate import judge
from bench.documents import Sample
from ocr.engines.confidence import sureness, tokens
from ocr.extraction.extract import extract
from ocr.extraction.fields import Value
from ocr.extraction.templates import TEMPLATES
from ocr.pool import HostSettings, PageRequest, read_page
from ocr.types import Page

Pages = list[tuple[Sample, Page]]
# Folder, name, and how texts are folded before they are compared (see score_text.py).
SETS = (
    ("receipts", "till receipts (SROIE)", "loose"),
    ("receipts_wild", "photographed receipts", "nospace"),
    ("pages/unlv", "English scans at 300 dpi", "ws"),
    ("pages/udhr", "typeset, many languages", "std"),
    ("pages/mix", "text images, several scripts", "std"),
    ("invoices", "invoices", "loose"),
    ("templates", "invoices, receipts, cards", "loose"),
)
# Whose words have a place in the truth, or whose pages hold few words twice.
JUDGED_BY_WORD = ("receipts", "invoices")
ENGINES = (1, 2, 3)
BINS = 10


def main(host: HostSettings, limit: int) -> None:
    tools = documents.scorers()
    if tools is None:
        _own(host)
        return
    score_text, _ = tools
    print("\nText           (word F1 and CER, all characters of a set together)")
    for folder, title, folding in SETS:
        samples = [sample for sample in documents.load(folder, limit) if sample.text]
        scores = []
        for engine in ENGINES if samples else ():
            pages = _read_all(host, samples, engine)
            scores.append(_print_text(score_text, pages, f"{title}, engine {engine}", folding))
            if folder in JUDGED_BY_WORD:
                _print_reliability(pages, engine)
        if scores:
            print(f"    engine 3 against the better of 1 and 2: {100 * (scores[2] - max(scores[:2])):+.2f} points")
    distorted.main(host, limit)


def _read_all(host: HostSettings, samples: list[Sample], engine: int) -> Pages:
    """The first page of each sample, as the service reads it."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        return list(zip(samples, threads.map(lambda sample: _read(host, sample, engine), samples), strict=True))


def _read(host: HostSettings, sample: Sample, engine: int) -> Page:
    request = PageRequest(
        index=0, engine=engine, language=sample.language, file_type="", file_hint="", max_pages=1,
        detect_orientation=False, scale=False, preview=False, priority=0, queue_timeout_seconds=600,
        timeout_seconds=600,
    )  # fmt: skip
    with sample.path.open("rb") as file:
        return read_page(host, file.fileno(), request).page


def _print_text(score_text: Any, pages: Pages, title: str, folding: str) -> float:
    """Print the measures of a set, and return the one that decides: more is better."""
    result = score_text.summarise([score_text.score_page(s.text, page.text, folding) for s, page in pages])
    f1 = "" if folding == "nospace" else f"word F1 {result['sroie2_f1']:.3f}   "
    free = f"lines in any order {result['cer_free_micro']:.4f}"
    print(f"  {title:<38} {f1}CER {result['cer_micro']:.4f}   {free}   n={len(pages)}", flush=True)
    return float(result["sroie2_f1"] if folding == "loose" else 1 - result["cer_micro"])


def _print_reliability(pages: Pages, engine: int) -> None:
    """Of words given a confidence, how many are right, by tenths."""
    sums = [[0.0, 0.0, 0.0] for _ in range(BINS)]
    for sample, page in pages:
        is_right = judge(sample)
        for token in (token for line in page.lines for token in tokens(line.words)):
            bin_of = sums[min(int(sureness(token) * BINS), BINS - 1)]
            bin_of[0] += 1
            bin_of[1] += sureness(token)
            bin_of[2] += is_right(token)
    cells = (f"{sure / count:.2f}->{right / count:.2f} ({count:.0f})" for count, sure, right in sums if count)
    print(f"    given -> right (words), engine {engine}: {'  '.join(cells)}", flush=True)


def _own(host: HostSettings) -> None:
    """Without the shared data there is no truth: say what is found on our own samples."""
    print("\nThe shared data is not there; on the project's own samples:")
    for sample in documents.own():
        page = _read(host, sample, 1)
        template = TEMPLATES[_template_of(sample.path)]
        values = extract(page, template.fields, template.id).values
        found = sum(bool(value.text if isinstance(value, Value) else value.rows) for value in values.values())
        print(f"  {sample.path.name:<20} {len(list(page.words))} words, {found} of {len(values)} fields found")


def _template_of(path: Path) -> str:
    return path.stem if path.stem in TEMPLATES else "invoice"
