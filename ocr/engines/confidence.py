"""How likely a word is right, from what its engine says and how the word looks. Pure.

Engines state their own idea of confidence: Tesseract's 0.9 is right three times of four,
PP-OCR's almost always below 1. Logistic weights, learned by `python -m bench.calibrate` on
documents whose truth is known, turn both into one scale: of words given 0.9, about 90 % are right.
"""

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from ocr.types import Line, Word

Features = Mapping[str, float]
Weights = Mapping[str, float]

# Tables by name: "tesseract" and "pp_ocr" alone, "tesseract_beside" and "pp_ocr_beside" each other.
TABLES: Mapping[str, Weights] = json.loads((Path(__file__).parent / "confidence.json").read_text())
LONG_WORD = 16  # Longer ones are mostly several, read without the spaces between them.


def calibrated(lines: Sequence[Line], table: str) -> tuple[Line, ...]:
    """The lines with confidences that are probabilities. Runs of glued words are judged as one."""
    return tuple(replace(line, words=_calibrated(line.words, TABLES[table])) for line in lines)


def tokens(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Words as a reader sees them: runs that no space parts."""
    runs: list[list[Word]] = []
    for word in words:
        if word.glued and runs:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [tuple(run) for run in runs]


def token_text(token: Sequence[Word]) -> str:
    return "".join(word.text for word in token)


def sureness(token: Sequence[Word]) -> float:
    """The mean confidence over the characters of a run of words."""
    length = sum(len(word.text) for word in token)
    return sum(word.confidence * len(word.text) for word in token) / length


def worth(lines: Sequence[Line], *, least: float = 0.5) -> float:
    """How much was read: characters, each by how much surer it is than `least`, at 0.5 likelier right than wrong."""
    return sum(len(word.text) * (word.confidence - least) for line in lines for word in line.words)


def probability(features: Features, weights: Weights) -> float:
    """The logistic function of weighted features, between 0.01 and 0.99."""
    total = sum(weights.get(name, 0.0) * value for name, value in features.items())
    return min(max(1.0 / (1.0 + math.exp(-min(max(total, -30.0), 30.0))), 0.01), 0.99)


def features_of(text: str, confidence: float) -> dict[str, float]:
    """What one reading shows by itself."""
    doubt = 1.0 - confidence
    return {
        "bias": 1.0,
        "logit": math.log((confidence + 0.01) / (doubt + 0.01)),
        "confidence": confidence,
        "doubt": math.sqrt(doubt),
        **_looks(text),
    }


@lru_cache(maxsize=50_000)
def _looks(text: str) -> dict[str, float]:
    letters = sum(map(str.isalpha, text))
    digits = sum(map(str.isdigit, text))
    marks = len(text) - letters - digits
    return {
        "single": float(len(text) == 1),
        "short": float(len(text) == 2),
        "length": min(len(text), 12) / 12,
        "too_long": float(len(text) >= LONG_WORD and is_latin(text)),
        "number": float(digits > 0 and letters == 0),
        "mixed": float(digits > 0 and letters > 0),
        "marks": marks / len(text),
        "only_marks": float(marks == len(text)),
        "odd_case": float(any(a.islower() and b.isupper() for a, b in pairwise(text))),
    }


@lru_cache(maxsize=50_000)
def is_latin(text: str) -> bool:
    """Whether every letter is of the Latin script."""
    return all(unicodedata.name(c, "").startswith("LATIN") for c in text if c.isalpha())


def _calibrated(words: Sequence[Word], weights: Weights) -> tuple[Word, ...]:
    done: list[Word] = []
    for token in tokens(words):
        right = probability(features_of(token_text(token), sureness(token)), weights)
        done += (replace(word, confidence=right) for word in token)
    return tuple(done)
