"""Pages as the engines read them, kept under `var/` so that a second run need not read them again.

A kept page counts only while the engines' source is the same, unless the caller takes any.
"""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from bench.documents import ROOT, Sample
from ocr.engine_protocol import page_from_json, page_to_json
from ocr.pool import HostSettings, PageRequest, read_page
from ocr.types import Page

KEPT = ROOT / "var" / "bench-pages"
_SOURCES = ("ocr/engines/*.py", "ocr/images.py", "ocr/engine_process.py")


def read_all(host: HostSettings, samples: list[Sample], engine: int, *, any_source: bool = False) -> list[Page]:
    """The first page of each sample, kept or read now."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        return list(threads.map(lambda sample: _page(host, sample, engine, any_source), samples))


def _page(host: HostSettings, sample: Sample, engine: int, any_source: bool) -> Page:
    digest = hashlib.sha256(sample.path.read_bytes()).hexdigest()[:20]
    file = KEPT / f"{digest}-{engine}-{sample.language}.json"
    if file.exists():
        kept = json.loads(file.read_text())
        if any_source or kept["source"] == _source():
            return page_from_json(kept["page"])
    page = _read(host, sample, engine)
    file.write_text(json.dumps({"source": _source(), "page": page_to_json(page)}))
    return page


def _read(host: HostSettings, sample: Sample, engine: int) -> Page:
    request = PageRequest(
        index=0, engine=engine, language=sample.language, file_type="", file_hint="", max_pages=1,
        detect_orientation=False, scale=False, preview=False, priority=0, queue_timeout_seconds=600,
        timeout_seconds=120,
    )  # fmt: skip
    with sample.path.open("rb") as file:
        return read_page(host, file.fileno(), request).page


@cache
def _source() -> str:
    """Tells one version of the engines' code from another."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _SOURCES for path in Path(ROOT).glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
