"""`make bench`: accuracy and speed, side by side with the bare engines.

python -m bench [accuracy|speed] [--limit N] [--rounds N]
"""

import argparse
import tempfile
from pathlib import Path

from bench import accuracy, speed
from ocr.pool import HostSettings


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("part", nargs="?", choices=("accuracy", "speed"), help="default: both")
    parser.add_argument("--limit", type=int, default=40, help="documents of each set; 0: all")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each comparison of speed")
    options = parser.parse_args()
    if options.part != "speed":
        with tempfile.TemporaryDirectory(prefix="spocr-bench-") as folder:
            accuracy.main(HostSettings(Path(folder) / "engines.sock", 0, 64, 1536, "auto", ""), options.limit)
    if options.part != "accuracy":
        speed.main(options.rounds)


if __name__ == "__main__":
    main()
