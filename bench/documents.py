"""What the bench reads: the shared development data where it lies beside the project, else our own samples."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
SAMPLES = ROOT / "frontend" / "static" / "samples"


@dataclass(frozen=True)
class Sample:
    """One document: its file, the true text and fields where they are known, the row of truth."""

    path: Path
    language: str = "eng"
    text: str = ""
    truth: dict[str, Any] = field(default_factory=dict)


# Two-letter codes of the truth files to codes of the Parse API.
_LANGUAGES = {
    "en": "eng", "de": "ger", "fr": "fre", "es": "spa", "it": "ita", "ja": "jpn", "ko": "kor", "zh": "chs",
    "zh-cn": "chs", "zh-tw": "cht", "ru": "rus", "ar": "ara", "el": "gre", "tr": "tur", "pl": "pol", "pt": "por",
    "nl": "dut", "sv": "swe", "cs": "cze", "hu": "hun", "fi": "fin", "da": "dan", "bg": "bul", "he": "heb",
    "hi": "hin", "mr": "hin", "fa": "per", "th": "tai", "vi": "vie", "uk": "ukr", "hr": "hrv", "sl": "slv", "no": "nor",
    "pt-br": "por", "zh-hans": "chs", "zh-hant": "cht", "ro": "ron", "id": "ind", "sr": "rus", "sk": "cze",
}  # fmt: skip


def load(folder: str, limit: int = 0) -> list[Sample]:
    """The documents of a folder, or part of one ("pages/unlv"), of the shared data, evenly thinned out to
    `limit`; [] when it is not there.
    """
    name, _, part = folder.partition("/")
    base = SHARED / "data" / name
    rows = [json.loads(line) for line in _lines(base / "truth.jsonl")]
    rows = [row for row in rows if row["image"].startswith(part)]
    if limit and len(rows) > limit:
        rows = [rows[index * len(rows) // limit] for index in range(limit)]
    return [_sample(base, row) for row in rows if (base / row["image"]).exists()]


def own() -> list[Sample]:
    """The project's own samples."""
    return [Sample(path) for path in sorted(SAMPLES.glob("*.png"))]


def scorers() -> tuple[Any, Any] | None:
    """The shared scoring modules (text, fields), or None."""
    folder = SHARED / "tools"
    if not folder.exists():
        return None
    sys.path.insert(0, str(folder))
    import score_fields
    import score_text

    return score_text, score_fields


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if line.strip()] if file.exists() else []


def _sample(base: Path, row: dict[str, Any]) -> Sample:
    language = _LANGUAGES.get(str(row.get("lang", "en")).lower(), "eng")
    return Sample(base / row["image"], language, row.get("text", ""), row)
