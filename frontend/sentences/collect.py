"""Finds the English sentences that pages show and other packages write: errors, warnings, kinds and names of fields.

`make messages` runs this module: it writes `of_errors.py` and `of_documents.py` anew from the source text, where
makemessages finds them. Reads sources and never runs them.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from frontend.sentences.labels import label
from ocr.extraction.fields import Field
from ocr.extraction.templates import TEMPLATES
from ocr.languages import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
PACKAGES = ("accounts", "billing", "ocr")
# What never reaches a page: the Parse API's own wire, commands, and what only operators read.
ELSEWHERE = (
    "ocr/api/parse/",
    "/management/",
    "/migrations/",
    "billing/plans.py",
    "ocr/storage.py",
    "ocr/api/idempotency",
)
ROOT_ERROR = "SpocrError"
# Beside errors: the call and the place of its sentence.
OTHER_CALLS = {"__init__": 0, "WrongValue": 1, "Notice": 2, "_mismatch": 1, "add": 1}
WIDTH = 120


def errors(root: Path = ROOT) -> list[str]:
    """Every sentence of an error or a notice, its moving parts in braces."""
    trees = {source: ast.parse(source.read_text()) for source in _sources(root)}
    kinds = _kinds(trees.values())
    found = {text for tree in trees.values() for text in _sentences(tree, kinds) if _is_sentence(text)}
    return sorted(found)


def titles() -> list[str]:
    """What kinds of documents are called."""
    return sorted({template.title for template in TEMPLATES.values()})


def labels() -> list[str]:
    """What fields are called."""
    return sorted({label(field.name) for field in _fields()})


def hints() -> list[str]:
    """What fields hold."""
    return sorted({field.description for field in _fields() if field.description})


def languages() -> list[str]:
    """Languages of documents."""
    return sorted({language.name for language in LANGUAGES.values()})


def write() -> None:
    """Write both modules."""
    (HERE / "of_errors.py").write_text(module_of_errors())
    (HERE / "of_documents.py").write_text(module_of_documents())


def module_of_errors() -> str:
    head = '"""Made by `make messages`: sentences of errors and notices, as the packages below write them."""\n'
    head += "# ruff: noqa: E501\n"
    return f"{head}\nfrom django.utils.translation import gettext_noop as _\n\n{_tuple('SENTENCES', '_', errors())}"


def module_of_documents() -> str:
    head = '"""Made by `make messages`: kinds of documents, their fields, and the languages they are in."""\n'
    parts = [
        _tuple(f"{context.upper()}S", f'pgettext_lazy("{context}", ', names, closed="")
        for context, names in (("kind", titles()), ("field", labels()), ("hint", hints()), ("language", languages()))
    ]
    return f"{head}\nfrom django.utils.translation import pgettext_lazy\n\n" + "\n".join(parts)


def _tuple(name: str, call: str, texts: Iterable[str], closed: str = "(") -> str:
    lines = "".join(f"    {call}{closed}{_quoted(text)}),\n" for text in texts)
    return f"{name} = (\n{lines})  # fmt: skip\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        for source in sorted((root / package).rglob("*.py")):
            if not any(part in str(source) for part in ELSEWHERE):
                yield source


def _kinds(trees: Iterable[ast.Module]) -> set[str]:
    """Names of the classes of the catalogue of errors."""
    bases = {
        node.name: {base.id if isinstance(base, ast.Name) else getattr(base, "attr", "") for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    kinds, size = {ROOT_ERROR}, 0
    while len(kinds) != size:
        size = len(kinds)
        kinds |= {name for name, above in bases.items() if above & kinds}
    return kinds


def _sentences(tree: ast.Module, kinds: set[str]) -> Iterator[str]:
    constants: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            constants.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.FunctionDef):
            given = (part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value)
            constants.setdefault(node.name, []).extend(given)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in kinds:
            yield from (
                text
                for part in node.body
                if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "message"
                for text in _texts(part.value, constants)
            )
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            place = OTHER_CALLS.get(name, 0 if name in kinds else None)
            if place is not None and len(node.args) > place:
                yield from _texts(node.args[place], constants)


def _texts(node: ast.expr, constants: dict[str, list[ast.expr]]) -> Iterator[str]:
    """The text of an expression, or its texts; none where it holds none of its own."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield _pattern(node)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, constants)
        yield from _texts(node.orelse, constants)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from _texts(node.func, constants)
    elif isinstance(node, ast.Name):
        for value in constants.get(node.id, ()):
            yield from _texts(value, {})


def _pattern(node: ast.JoinedStr) -> str:
    names: list[str] = []
    parts: list[str] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            name = _name_of(part.value)
            names.append(name if name not in names else f"{name}{len(names)}")
            parts.append(f"{{{names[-1]}}}" if part.conversion != ord("r") else f"'{{{names[-1]}}}'")
        else:
            parts.append(str(part.value))  # type: ignore[attr-defined]
    return "".join(parts)


def _name_of(node: ast.expr) -> str:
    """A name for translators: of a variable or attribute the last word, else the first name in it."""
    if isinstance(node, ast.Attribute):
        return node.attr
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    return names[0].lower() if names else "value"


def _is_sentence(text: str) -> bool:
    return bool(re.search(r"[a-z] .*[.!]$", re.sub(r"\{\w+\}", "x", text), re.DOTALL))


def _fields() -> Iterator[Field]:
    for template in TEMPLATES.values():
        for field in template.fields:
            yield field
            yield from field.children


if __name__ == "__main__":
    write()
