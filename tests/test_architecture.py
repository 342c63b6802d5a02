"""The house rules, checked from the source text: who may import what, and how large a thing may grow."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
# From the floor up: a package imports only those below it.
LEVELS = ("accounts", "billing", "ocr", "frontend", "config")
LONGEST_FUNCTION, LONGEST_FILE = 50, 400
# Longer than the rule, each with its reason.
LONG_FILES: dict[str, str] = {}
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "services", "service", "managers", "misc"}

PURE = [
    "ocr/engines/**/*.py",
    "ocr/extraction/**/*.py",
    "ocr/searchable_pdf/*.py",
    *(
        f"ocr/{name}.py"
        for name in (
            "types",
            "cells",
            "images",
            "geometry",
            "pdf_text",
            "languages",
            "engine_host",
            "engine_process",
            "engine_protocol",
            "pool",
            "sandbox",
            "safe_http",
            "web_address",
        )
    ),
    *(f"billing/{name}.py" for name in ("cycles", "money", "plans", "sizes")),
]
ONLY_IN = {
    "stripe": ["billing/gateway.py"],
    "weasyprint": ["billing/printing.py"],
    "celery": ["*/tasks.py", "ocr/queue.py", "config/celery.py"],
    "sentry_sdk": ["frontend/operation/sentry.py"],
    "opentelemetry": ["frontend/operation/spans.py"],
    "tesserocr": ["ocr/engines/*.py"],
    "pytesseract": ["ocr/engines/*.py"],
    "rapidocr": ["ocr/engines/*.py"],
    "onnxruntime": ["ocr/engines/*.py"],
    "cv2": ["ocr/engines/*.py"],
    "pypdfium2": ["ocr/images.py", "ocr/pdf_text.py", "ocr/engines/*.py"],
    "pikepdf": ["ocr/searchable_pdf/*.py"],
    "uharfbuzz": ["ocr/searchable_pdf/shapes.py"],
    "PIL": [
        "ocr/images.py",
        "ocr/searchable_pdf/*.py",
        "ocr/engines/*.py",
        "frontend/samples/*.py",
        "billing/printing.py",
    ],
}
# The last two start processes and hand the environment on.
ENVIRONMENT_READERS = [
    "config/env.py",
    "config/wsgi.py",
    "config/celery.py",
    "ocr/engine_host.py",
    "ocr/pool.py",
]
# What holds no organization, and why.
WITHOUT_ORGANIZATION = {
    "accounts.User": "a person may belong to several: see Membership",
    "accounts.Organization": "the tenant itself",
    "accounts.DeletionReceipt": "outlives the organization that it names",
    "billing.StripeEvent": "stored before it is known whom it is about",
    "billing.UsageCounter": "named in `holder`, which may also be a visitor's address",
    "ocr.Probe": "the site's own measuring",
    "ocr.ProbeDay": "the same by day",
    "ocr.RateWindow": "named in `holder`; dies within the hour",
    "ocr.ScheduledRun": "the site's own clock",
}


def sources() -> list[str]:
    """Every source file of the packages, as a path below the root."""
    files = (path for level in LEVELS for path in (ROOT / level).rglob("*.py"))
    return sorted(str(path.relative_to(ROOT)) for path in files if "migrations" not in path.parts)


@cache
def tree_of(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text())


def imports_of(source: str) -> Iterator[str]:
    """Every module that a file imports, anywhere in it; for `from a import b`: a and a.b."""
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: imports are written in full"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers_of(module: str, *, among: list[str] | None = None) -> list[str]:
    return [
        source
        for source in (sources() if among is None else among)
        if any(name == module or name.startswith(module + ".") for name in imports_of(source))
    ]


def matching(patterns: list[str]) -> list[str]:
    return [str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern)]


@pytest.mark.parametrize("package", LEVELS)
def test_a_package_imports_only_those_below_it(package):
    above = LEVELS[LEVELS.index(package) + 1 :]
    own = [source for source in sources() if source.startswith(package + "/")]

    assert own
    assert {higher: importers_of(higher, among=own) for higher in above} == {higher: [] for higher in above}


def test_the_two_api_families_never_import_each_other():
    parse, workspace = matching(["ocr/api/parse/*.py"]), matching(["ocr/api/workspace/*.py"])

    assert importers_of("ocr.api.workspace", among=parse) == []
    assert importers_of("ocr.api.parse", among=workspace) == []


def test_engines_extraction_and_plans_know_no_django():
    assert len(matching(PURE)) > 20
    assert importers_of("django", among=matching(PURE)) == []
    assert importers_of("rest_framework", among=matching(PURE)) == []


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_imported_only_by_its_adapter(library):
    assert sorted(set(importers_of(library)) - set(matching(ONLY_IN[library]))) == []


def test_the_environment_is_read_only_by_the_configuration():
    readers = [
        source
        for source in sources()
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.Attribute | ast.Name | ast.alias)
        and {getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "name", "")}
        & {"environ", "getenv", "environb", "putenv"}
    ]

    assert sorted(set(readers) - set(ENVIRONMENT_READERS)) == []


def test_modules_are_called_after_their_subject():
    names = {part for source in sources() for part in Path(source).with_suffix("").parts}

    assert names & VAGUE_NAMES == set()


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{source}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for source in sources()
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]

    assert long == []


def test_no_file_is_longer_than_it_can_be_kept_in_mind():
    lengths = {
        source: sum(bool(line.strip()) for line in (ROOT / source).read_text().splitlines()) for source in sources()
    }

    assert {source for source, length in lengths.items() if length > LONGEST_FILE} == set(LONG_FILES)


def test_every_row_of_a_tenant_names_its_organization():
    ours = [model for model in apps.get_models() if model._meta.app_label in LEVELS]
    without = {
        model._meta.label
        for model in ours
        if not any(field.name == "organization" for field in model._meta.get_fields() if field.concrete)
    }

    assert without == set(WITHOUT_ORGANIZATION)
