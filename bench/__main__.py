"""`make bench`: accuracy and speed, side by side with the bare engines.

python -m bench [accuracy|fields|speed|ledger|overhead|keys|sheets|portal|nodes|capacity] [--limit N] [--rounds N]
"""

import argparse
import tempfile
from pathlib import Path

from bench import (
    accuracy,
    capacity,
    fields,
    jobs,
    keys,
    ledger,
    nodes,
    overhead,
    pdf,
    people,
    portal,
    queue,
    requests,
    sheets,
    speed,
)
from ocr.pool import HostSettings

# Parts that run only when they are asked for, and those that run first of all.
ALONE = {
    "keys": lambda _: keys.main(),
    "requests": lambda _: requests.main(),
    "portal": lambda options: portal.main(max(options.rows)),
    "queue": lambda _: queue.main(),
    "jobs": lambda options: jobs.main(options.rounds),
    "people": lambda _: people.main(),
    "ledger": lambda _: ledger.main(),
    "nodes": lambda _: nodes.main(),
    "capacity": lambda options: capacity.main(options.seconds, options.bytes),
}
FIRST = {
    "sheets": lambda options: sheets.main(options.rows),
    "pdf": lambda options: pdf.main(options.rounds),
    "overhead": lambda _: overhead.main(),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parts = ("accuracy", "fields", "speed", *FIRST, *ALONE)
    parser.add_argument("part", nargs="?", choices=parts, help=f"default: all but {', '.join(ALONE)}")
    parser.add_argument("--limit", type=int, default=40, help="documents of each set; 0: all")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each comparison of speed")
    parser.add_argument("--engine", type=int, default=2, help="fields: the engine that reads the pages")
    parser.add_argument(
        "--wrong", type=int, default=0, help="fields: list so many wrong values of each kind of document"
    )
    parser.add_argument("--kept", action="store_true", help="fields: take kept pages of older versions of the engines")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000], help="sheets: sizes of the sheets")
    parser.add_argument("--seconds", type=float, default=0.9, help="capacity: engine seconds of a page")
    parser.add_argument("--bytes", type=int, default=0, help="capacity: bytes of a page in the database; 0: measured")
    options = parser.parse_args()
    if options.part in ALONE:
        ALONE[options.part](options)
        return
    for part, measure in FIRST.items():
        if options.part in (None, part):
            measure(options)
    if options.part in FIRST:
        return
    with tempfile.TemporaryDirectory(prefix="spocr-bench-") as folder:
        host = HostSettings(Path(folder) / "engines.sock", 0, 64, 1536, "auto", "")
        if options.part in (None, "accuracy"):
            accuracy.main(host, options.limit)
        if options.part in (None, "fields"):
            fields.main(host, options.limit, options.engine, any_source=options.kept, wrong=options.wrong)
    if options.part in (None, "speed"):
        speed.main(options.rounds)


if __name__ == "__main__":
    main()
