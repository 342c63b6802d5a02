"""Views and exports of large sheets: `python -m bench sheets` runs it on SQLite and on a private PostgreSQL.

Prints p50 and p95 of `where` + `sort` with the steps that the database takes, rows a second of each export
beside psql's own copy of the same cells, and what an export adds to the process's memory. Two sizes show
what grows with the rows.
"""

import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.databases import on_each

Json = dict[str, Any]

DISTINCT_ROWS = 5000
ROUNDS = 20
QUERIES: tuple[tuple[list[str], list[str]], ...] = (
    ([], []),
    ([], ["total:desc"]),
    (["total>50000"], ["invoice_date:desc"]),
    (["total>50000", "vendor~acme"], ["vendor"]),
    (["items.amount>40000"], ["total:desc"]),
)
COLUMNS: list[Json] = [
    *({"name": name, "type": "string"} for name in ("vendor", "invoice_no", "currency")),
    {"name": "invoice_date", "type": "date"},
    *({"name": name, "type": "money"} for name in ("subtotal", "tax", "total")),
    {
        "name": "items",
        "type": "array",
        "children": [{"name": "description", "type": "string"}, {"name": "amount", "type": "money"}],
    },
]


def main(sizes: list[int]) -> None:
    """Measure on each database, in a process of its own."""
    on_each("bench.sheets", *map(str, sizes))


def measure(sizes: list[int]) -> None:
    """Fill sheets of these sizes in the database of DATABASE_URL, and measure."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    for size in sizes:
        sheet = _filled(size)
        print(f"\nA sheet of {size:,} rows, {_vendor()}", flush=True)
        for where, sort in QUERIES:
            _time_view(sheet, where, sort)
            _explain(sheet, where, sort)
        copied = _time_copy(sheet, size) if _vendor() == "postgresql" else None
        for form in ("csv", "json", "jsonl", "xlsx"):
            _time_export(sheet, form, size, copied)


def _vendor() -> str:
    from django.db import connection

    return connection.vendor


def _filled(size: int) -> Any:
    from django.db import connection

    from accounts.models import Organization
    from ocr import cells
    from ocr.models import Item, Row

    organization, _ = Organization.objects.get_or_create(name="bench", plan="self_hosted")
    sheet = Item.objects.create(organization=organization, kind="sheet", name=str(size), columns=COLUMNS)
    chance = random.Random(7)
    rows = []
    for number in range(min(size, DISTINCT_ROWS)):
        name, values = f"scan {number}.png", _values(chance, number)
        made = {"values": values, **cells.encode(name, values, COLUMNS)}
        rows.append(Row(organization=organization, sheet=sheet, name=name, status="done", **made))
    Row.objects.bulk_create(rows, batch_size=500)
    while (count := sheet.rows.count()) < size:
        _double(sheet.id, count, size - count)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE ocr_row")
            cursor.execute("VACUUM ANALYZE ocr_cells")
    return sheet


def _double(sheet_id: int, count: int, most: int) -> None:
    """Copy the sheet's rows below themselves, in the database."""
    from django.db import connection

    from ocr.models import Row

    names = [field.column for field in Row._meta.concrete_fields if field.column not in ("id", "row_key")]
    columns = ", ".join(connection.ops.quote_name(name) for name in names)
    # Made anew: PostgreSQL would copy the compressed form, and lay the row out as no row that is read is.
    is_postgres = connection.vendor == "postgresql"
    copies = columns.replace('"values"', '"values"::text::jsonb') if is_postgres else columns
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ocr_row (row_key, {columns}) SELECT 'r' || id || 'x' || {count}, {copies} "  # noqa: S608
            f"FROM ocr_row WHERE sheet_id = {sheet_id} ORDER BY id LIMIT {most}"
        )


def _values(chance: random.Random, number: int) -> Json:
    total = chance.randint(100, 10_000_000) / 100
    day = f"{chance.randint(2019, 2026)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    vendor = chance.choice(["ACME Trading", "株式会社 山田", "Müller GmbH", "한국상사"])
    items = [{"description": _cell(f"Item {n} of {number}"), "amount": _money(total / 2)} for n in range(2)]
    return {
        "vendor": _cell(f"{vendor} {number % 997}"),
        "invoice_no": _cell(f"INV-{number:07d}"),
        "currency": _cell("USD"),
        "invoice_date": _cell(day, {"date": day}),
        "subtotal": _money(total * 0.9),
        "tax": _money(total * 0.1),
        "total": _money(total),
        "items": {**_cell(""), "value": items},
    }


def _money(amount: float) -> Json:
    return _cell(f"${amount:,.2f}", {"amount": f"{amount:.2f}", "currency": "USD"})


def _cell(text: str, normalized: Json | None = None) -> Json:
    corners = [{"x": x, "y": y} for x, y in ((100, 200), (190, 200), (190, 220), (100, 220))]
    box = {"xmin": 100, "ymin": 200, "xmax": 190, "ymax": 220}
    found: Json = {"bbox": box, "vertices": corners, "match_ratio": 1.0, "bbox_source": "token_id", "confidence": 0.98}
    return {"value": text, **found, **({"normalized": normalized} if normalized else {})}


def _time_view(sheet: Any, where: list[str], sort: list[str]) -> None:
    from ocr import query

    wanted = query.parse(sheet.columns, where=where, sort=sort, select=[])

    def view() -> None:
        ids, _ = query.page(sheet, wanted, offset=0, limit=50)
        list(sheet.rows.filter(id__in=ids).values_list("row_key", "values"))
        sheet.rows.count()

    times = sorted(_seconds(view) * 1000 for _ in range(ROUNDS))
    what = " & ".join(where) + (f" by {sort[0]}" if sort else "")
    print(
        f"{'view ' + (what or 'as it is'):<58} p50 {statistics.median(times):7.1f} ms  p95 {times[-2]:7.1f} ms",
        flush=True,
    )


def _explain(sheet: Any, where: list[str], sort: list[str]) -> None:
    """The tables and indexes that the database goes through, without costs and conditions."""
    from django.db import connection

    from ocr import query

    wanted = query.parse(sheet.columns, where=where, sort=sort, select=[])
    plan = query.ordered(sheet, wanted)[:50].explain()
    steps = [re.sub(r"^\W*(\d+ )*|\s*\(.*", "", line).strip() for line in plan.splitlines()]
    looks = [step for step in steps if re.search(r"\b(Scan|SCAN|SEARCH|Sort|TEMP)\b", step)]
    print(f"    {connection.vendor}: {'; '.join(looks)}", flush=True)


def _time_export(sheet: Any, form: str, size: int, copied: float | None) -> None:
    started, first, count = time.monotonic(), 0.0, 0
    before = _memory_mb()
    for piece in _pieces(sheet, form):
        first = first or time.monotonic() - started
        count += len(piece)
    speed = size / (time.monotonic() - started)
    ratio = f"  {speed / copied:.2f} of psql (asked ≥ 0.30)" if copied and form == "csv" else ""
    memory = f"memory +{_memory_mb() - before} MB, process {_memory_mb()} MB at most"
    print(
        f"{'export ' + form:<58} {speed:9,.0f} rows/s  first byte {first:.2f} s  {count >> 20} MB  {memory}{ratio}",
        flush=True,
    )


def _pieces(sheet: Any, form: str) -> Iterator[bytes]:
    from django.http import QueryDict

    from ocr.api.workspace import file_views, sheet_inputs

    asked = sheet_inputs.export_request(QueryDict(f"path=/&format={form}"))
    return iter(file_views.exported(sheet, asked).streaming_content)  # type: ignore[arg-type]


def _time_copy(sheet: Any, size: int) -> float:
    """The yardstick: psql writes the same cells as CSV; rows a second."""
    texts = ", ".join(f"\"values\" -> '{c['name']}' ->> 'value'" for c in COLUMNS if c["type"] != "array")
    source = f"SELECT name, {texts}, \"values\" -> 'items' FROM ocr_row WHERE sheet_id = {sheet.id} ORDER BY id"  # noqa: S608
    with tempfile.NamedTemporaryFile(prefix="spocr-copy-") as file:
        copy = f"\\copy ({source}) TO '{file.name}' WITH (FORMAT csv, HEADER)"
        command = [shutil.which("psql") or "psql", "-q", "-d", os.environ["DATABASE_URL"], "-c", copy]
        seconds = _seconds(lambda: subprocess.run(command, check=True))
    print(f"{'psql copies the same cells':<58} {size / seconds:9,.0f} rows/s", flush=True)
    return size / seconds


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _memory_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    measure([int(size) for size in sys.argv[2:]])
