"""What engine 2 costs against `rapidocr` as it comes, on the same receipts in turns: CPU seconds and word F1.

python -m bench.rapid [--limit N]
"""

import argparse
import time
from collections.abc import Callable
from mmap import ACCESS_COPY, mmap

from rapidocr import RapidOCR

from bench import documents
from ocr import images
from ocr.engines import tesseract
from ocr.engines.onnx import PpOcr
from ocr.images import Raster
from ocr.languages import LANGUAGES


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=10, help="receipts; 0: all")
    samples, tools = documents.load("receipts", parser.parse_args().limit), documents.scorers()
    if tools is None:
        raise SystemExit("The comparison needs the shared data and tools beside the project.")
    ours, theirs = PpOcr(tesseract.make("auto")), RapidOCR(params={"Global.log_level": "error"})
    ways: dict[str, Callable[[Raster], str]] = {
        "engine 2": lambda raster: "\n".join(line.text for line in ours.read(raster, LANGUAGES["eng"]).lines),
        "rapidocr": lambda raster: "\n".join(theirs(raster.rgb[:, :, ::-1]).txts or ()),
    }
    seconds, scores = dict.fromkeys(ways, 0.0), {name: [] for name in ways}
    for sample in samples:
        with sample.path.open("rb") as file:
            raster = images.open_document(mmap(file.fileno(), 0, access=ACCESS_COPY)).render(0, in_color=True)
        for name, read in ways.items():
            start = time.process_time()
            text = read(raster)
            seconds[name] += time.process_time() - start
            scores[name].append(tools[0].score_page(sample.text, text, "loose"))
    for name in ways:
        f1 = tools[0].summarise(scores[name])["sroie2_f1"]
        print(f"  {name}: {seconds[name] / len(samples):.2f} CPU s a receipt, word F1 {f1:.3f}, n={len(samples)}")
    print(f"  engine 2 takes {seconds['engine 2'] / seconds['rapidocr']:.2f} of rapidocr's time")


if __name__ == "__main__":
    main()
