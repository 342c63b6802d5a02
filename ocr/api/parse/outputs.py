"""What the Parse API prints. Every key stands here, so that the contract can be compared by eye."""

from collections.abc import Mapping
from typing import Any

from accounts.errors import SpocrError
from ocr.api.parse import errors
from ocr.api.parse.errors import ParseFailure
from ocr.api.parse.inputs import ParseRequest
from ocr.extraction.grid import cells_of
from ocr.extraction.layout import rows_of
from ocr.reading import Document, ReadPage
from ocr.types import Line, Page, Word

Json = dict[str, Any]

NO_OVERLAY = "Text overlay is not provided as it is not requested"
NO_PDF = "Searchable PDF not generated as it was not requested."
PDF_FAILED = "Searchable PDF not generated: "


def document(
    read: Document, request: ParseRequest, *, milliseconds: int, max_pages: int, pdf_url: str = NO_PDF
) -> Json:
    """The answer to a reading in which at least one page succeeded, or each failed in its own way.

    Args:
        pdf_url: Where the searchable PDF lies, or a sentence why there is none.
    """
    failed = sum(page.error is not None for page in read.pages)
    answer = {
        "ParsedResults": [parsed_result(page, request) for page in read.pages],
        "OCRExitCode": 1,
        "IsErroredOnProcessing": False,
        "ProcessingTimeInMilliseconds": str(milliseconds),
        "SearchablePDFURL": pdf_url,
    }
    if failed == len(read.pages):
        answer |= _errored(errors.ALL_FAILED, [str(read.pages[0].error)])
    elif read.is_cut_off:
        answer |= _errored(errors.FATAL, [_page_limit(max_pages)])
    elif failed:
        answer["OCRExitCode"] = errors.PAGES_MISSING
    return answer


def failure(error: ParseFailure, *, milliseconds: int) -> Json:
    """The envelope of a request that was not read at all."""
    return {
        "OCRExitCode": error.exit_code,
        "IsErroredOnProcessing": True,
        "ErrorMessage": error.messages,
        "ErrorDetails": "",
        "ProcessingTimeInMilliseconds": str(milliseconds),
    }


def timed_out(*, milliseconds: int) -> Json:
    """The envelope of a request whose time was up before any page was read."""
    return {"ParsedResults": [], **failure(ParseFailure(errors.TIMED_OUT, [errors.TIMEOUT]), milliseconds=milliseconds)}


def conversions(count_by_engine: Mapping[int, int]) -> Json:
    """The answer of /conversions."""
    return {
        "count_total": sum(count_by_engine.values()),
        "count_engine1": count_by_engine.get(1, 0),
        "count_engine2": count_by_engine.get(2, 0),
        "count_engine3": count_by_engine.get(3, 0),
    }


def parsed_result(read: ReadPage, request: ParseRequest) -> Json:
    """One page's entry."""
    if read.page is None:
        return _failed_page(read.error or SpocrError())
    return {
        "TextOverlay": _overlay(read.page) if request.has_overlay else _no_overlay(),
        "TextOrientation": str(read.page.rotation),
        "FileParseExitCode": 1,
        "ParsedText": _text(read.page, request),
        "ErrorMessage": "",
        "ErrorDetails": "",
    }


def _failed_page(error: SpocrError) -> Json:
    return {
        "TextOverlay": _no_overlay(),
        "TextOrientation": "0",
        "FileParseExitCode": errors.page_code(error),
        "ParsedText": "",
        "ErrorMessage": str(error),
        "ErrorDetails": "",
    }


def _no_overlay() -> Json:
    return {"Lines": [], "HasOverlay": False, "Message": NO_OVERLAY}


def _overlay(page: Page) -> Json:
    return {
        "Lines": [_line(line) for line in page.lines],
        "HasOverlay": True,
        "Message": f"Total lines: {len(page.lines)}",
    }


def _line(line: Line) -> Json:
    words = [_word(word) for word in line.words]
    return {
        "LineText": line.text,
        "Words": words,
        "MaxHeight": max(word["Height"] for word in words),
        "MinTop": min(word["Top"] for word in words),
    }


def _word(word: Word) -> Json:
    box = word.box
    return {
        "WordText": word.text,
        "Left": round(box.left, 1),
        "Top": round(box.top, 1),
        "Height": round(box.height, 1),
        "Width": round(box.width, 1),
    }


def _text(page: Page, request: ParseRequest) -> str:
    end = "\r\n" if request.options.engine == 1 else "\n"
    if request.is_table:
        return "".join("\t".join(cell.text for cell in row) + "\t" + end for row in cells_of(rows_of(page)))
    return "".join(line.text + end for line in page.lines)


def _errored(exit_code: int, messages: list[str]) -> Json:
    return {
        "OCRExitCode": exit_code,
        "IsErroredOnProcessing": True,
        "ErrorMessage": messages,
        "ErrorDetails": "",
    }


def _page_limit(max_pages: int) -> str:
    return f"The maximum page limit of {max_pages} was reached and only pages upto the limit were parsed successfully"
