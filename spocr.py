"""`spocr`: the command-line client. Needs Python and httpx, nothing else of this repository.

Exit codes: 0 everything went well; 1 some files failed; 2 wrong usage; 3 the service refused;
4 the service cannot be reached or failed; 130 interrupted. Results go to standard output,
everything else to standard error, so that scripts can read the former.
"""

import argparse
import base64
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

Json = dict[str, Any]

DEFAULT_BASE = "http://127.0.0.1:8000"
FILES_AT_ONCE = 20
ROWS_AT_ONCE = 500
TRIES = 5
POLL_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0
BAR_WIDTH = 24
OK, SOME_FAILED, USAGE, REFUSED, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 4, 130
FORMATS = ("csv", "xlsx", "json", "jsonl")
TOO_MANY, UNAVAILABLE = 429, 503
ENDED = ("done", "failed")


class Problem(Exception):
    """What ends the program: a sentence, and the exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Api:
    """The service: the key in each request, patience where it asks for it, its errors as sentences."""

    def __init__(self, base: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "spocr-client"}
        timeout = httpx.Timeout(300, connect=10)
        self._client = httpx.Client(base_url=base.rstrip("/"), headers=headers, timeout=timeout)
        self._base = base

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, /, **query: Any) -> Any:
        return self._asked(lambda: self._client.get(path, params=_given(query))).json()

    def post(self, path: str, body: Json) -> Any:
        """POST JSON; a repeat after a lost answer is not charged again."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._asked(lambda: self._client.post(path, json=body, headers=headers)).json()

    def upload(self, sheet: str, files: Sequence[Path], webhook: str | None) -> Any:
        """POST /upload; a repeat after a lost answer adds nothing."""
        headers, data = {"Idempotency-Key": str(uuid.uuid4())}, _given({"path": sheet, "webhookUrl": webhook})

        def send() -> httpx.Response:
            with ExitStack() as stack:
                parts = [("files", (file.name, stack.enter_context(file.open("rb")))) for file in files]
                return self._client.post("/upload", data=data, files=parts, headers=headers)

        return self._asked(send).json()

    def stream(self, path: str, out: Callable[[bytes], object], /, **query: Any) -> None:
        """GET a file piece by piece."""
        try:
            with self._client.stream("GET", path, params=_given(query)) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refusal(answer)
                for piece in answer.iter_bytes():
                    out(piece)
        except httpx.TransportError as error:
            raise self._unreachable(error) from None

    def _asked(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        for attempt in range(1, TRIES + 1):
            try:
                answer = send()
            except httpx.TransportError as error:
                if attempt == TRIES or isinstance(error, httpx.ConnectError):
                    raise self._unreachable(error) from None
                time.sleep(attempt)
                continue
            if answer.is_success:
                return answer
            if attempt == TRIES or answer.status_code not in (TOO_MANY, UNAVAILABLE):
                raise _refusal(answer)
            time.sleep(_pause(answer))
        raise AssertionError("the last try returns or raises")

    def _unreachable(self, error: httpx.TransportError) -> Problem:
        reason = str(error) or type(error).__name__
        return Problem(f"{self._base} cannot be reached: {reason}. Is SPOCR_API_BASE right?", UNREACHABLE)


class Progress:
    """A bar with the time that is left, on a terminal; nothing elsewhere."""

    def __init__(self, total: int, what: str) -> None:
        self._total, self._what, self._started = total, what, time.monotonic()
        self._is_shown = sys.stderr.isatty() and total > 0

    def show(self, done: int) -> None:
        if not self._is_shown:
            return
        filled = BAR_WIDTH * done // self._total
        bar = "█" * filled + "·" * (BAR_WIDTH - filled)
        sys.stderr.write(f"\r{bar} {done}/{self._total} {self._what}  {self._left(done)}\x1b[K")
        sys.stderr.flush()

    def end(self) -> None:
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _left(self, done: int) -> str:
        spent = time.monotonic() - self._started
        if not done:
            return ""
        if done >= self._total:
            return f"in {_clock(spent)}"
        return f"{_clock(spent / done * (self._total - done))} left"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        key = os.environ.get("SPOCR_API_KEY", "").strip()
        if not key:
            raise Problem("SPOCR_API_KEY is not set. Create a key on the portal's page of keys and export it.", USAGE)
        with closing(Api(os.environ.get("SPOCR_API_BASE", "").strip() or DEFAULT_BASE, key)) as api:
            code: int = options.act(api, options)
        return code
    except Problem as problem:
        _say(str(problem))
        return problem.code
    except KeyboardInterrupt:
        _say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def read_files(api: Api, options: argparse.Namespace) -> int:
    """`spocr ocr`: text of files, or their fields as JSON."""
    files, failed = _existing(options.files), 0
    progress = Progress(len(files), "files")

    def read(file: Path) -> Json | Problem:
        try:
            return _read_one(api, file, options)
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(options.parallel) as threads:
        progress.show(0)
        for done, (file, answer) in enumerate(zip(files, threads.map(read, files), strict=True), 1):
            progress.end()
            if isinstance(answer, Problem):
                failed += 1
                _say(f"{file}: {answer}")
                if answer.code == UNREACHABLE:
                    threads.shutdown(cancel_futures=True)
                    raise Problem("Stopped.", UNREACHABLE)
            else:
                _print_reading(file, answer, options, is_one_of_many=len(files) > 1)
            progress.show(done)
        progress.end()
    return SOME_FAILED if failed else OK


def upload(api: Api, options: argparse.Namespace) -> int:
    """`spocr upload`: files into a sheet; waits for them unless told not to."""
    files = _existing(options.files)
    progress = Progress(len(files), "files sent")
    jobs: list[Json] = []
    for batch in _batches(files, FILES_AT_ONCE):
        progress.show(len(jobs))
        jobs += api.upload(options.sheet, batch, options.webhook)["jobs"]
    progress.end()
    if options.no_wait:
        for job in jobs:
            print(f"{job['jobId']}\t{job['status']}\t{job['originalName']}")
        return OK
    return _wait(api, [job["jobId"] for job in jobs])


def view(api: Api, options: argparse.Namespace) -> int:
    """`spocr view`: the rows of a sheet as a table of tabs, or as JSON; a folder's or memo's contents."""
    query = {"path": options.path, "where": options.where, "sort": options.sort, "select": options.select, "boxes": 0}
    first = api.get("/view", **query, limit=min(options.limit or ROWS_AT_ONCE, ROWS_AT_ONCE), offset=options.offset)
    if first["type"] == "folder":
        for item in first["items"]:
            print(json.dumps(item, ensure_ascii=False) if options.json else f"{item['type']}\t{item['path']}")
    elif first["type"] == "memo":
        print(json.dumps(first, ensure_ascii=False) if options.json else first["text"])
    else:
        names = [column["name"] for column in first["columns"]]
        if not options.json:
            print("\t".join(["name", "ocrStatus", *names]))
        for row in islice(_rows(api, first, query), options.limit):
            print(json.dumps(row, ensure_ascii=False) if options.json else _line(row, names))
    return OK


def export(api: Api, options: argparse.Namespace) -> int:
    """`spocr export`: a sheet as a file, or on standard output."""
    form = options.format or (options.output.suffix.lstrip(".").lower() if options.output else "csv")
    if form not in FORMATS:
        raise Problem(f"{form!r} is no format. Give --format with one of: {', '.join(FORMATS)}.", USAGE)
    query = {"path": options.sheet, "format": form, "where": options.where, "sort": options.sort}
    query |= {"select": options.select, "delimiter": options.delimiter, "formulas": "raw" if options.raw else None}
    if options.output is None:
        api.stream("/export", sys.stdout.buffer.write, **query)
        sys.stdout.buffer.flush()
        return OK
    # Under another name until it is whole: a script never finds half a file.
    part = options.output.with_name(options.output.name + ".part")
    try:
        with part.open("wb") as file:
            api.stream("/export", file.write, **query)
        part.replace(options.output)
    except OSError as error:
        raise Problem(f"{options.output} cannot be written: {error.strerror}.", USAGE) from None
    finally:
        part.unlink(missing_ok=True)
    _say(f"{options.output}: {options.output.stat().st_size} bytes")
    return OK


def jobs(api: Api, options: argparse.Namespace) -> int:
    """`spocr jobs`: the latest jobs, or the ones named; `--wait` until they have ended."""
    if options.wait:
        return _wait(api, options.jobs or [job["jobId"] for job in _listed(api, options) if job["status"] not in ENDED])
    found = [api.get(f"/jobs/{job}") for job in options.jobs] if options.jobs else _listed(api, options)
    for job in found:
        print(json.dumps(job, ensure_ascii=False) if options.json else _job_line(job))
    return SOME_FAILED if options.jobs and any(job["status"] == "failed" for job in found) else OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spocr",
        description="Read documents with a spocr service. SPOCR_API_KEY holds the key, SPOCR_API_BASE the address "
        f"of the service (default {DEFAULT_BASE}).",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _ocr_options(_command(commands, "ocr", "print the text of files, or their fields", read_files))
    sending = _command(commands, "upload", "put files into a sheet and wait until they are read", upload)
    sending.add_argument("sheet", help="path of the sheet, such as /Receipts")
    sending.add_argument("files", nargs="+", type=Path, metavar="FILE")
    sending.add_argument("--no-wait", action="store_true", help="return once the files are accepted")
    sending.add_argument("--webhook", metavar="URL", help="address that is told about these files")
    viewing = _command(commands, "view", "show a sheet, folder or memo", view)
    viewing.add_argument("path", nargs="?", default="/")
    _query_options(viewing)
    viewing.add_argument("--limit", type=int, help="most rows (default: all)")
    viewing.add_argument("--offset", type=int, default=0)
    viewing.add_argument("--json", action="store_true", help="one JSON object a line")
    exporting = _command(commands, "export", "write a sheet as CSV, Excel or JSON", export)
    exporting.add_argument("sheet", help="path of the sheet")
    exporting.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    exporting.add_argument("--format", choices=FORMATS, help="default: by the file's ending, else csv")
    _query_options(exporting)
    exporting.add_argument("--delimiter", help="of CSV; the word tab for a tab")
    exporting.add_argument("--raw", action="store_true", help="leave cells that look like formulas as they are")
    listing = _command(commands, "jobs", "list jobs, show some, or wait for them", jobs)
    listing.add_argument("jobs", nargs="*", metavar="JOB")
    listing.add_argument("--status", choices=("pending", "processing", "done", "failed"))
    listing.add_argument("--limit", type=int, default=50)
    listing.add_argument("--wait", action="store_true", help="until all have ended")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def _command(commands: Any, name: str, text: str, act: Callable[[Api, argparse.Namespace], int]) -> Any:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(act=act)
    return parser


def _ocr_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--template", metavar="ID", help="fields of a template such as invoice or receipt")
    what.add_argument("--field", action="append", metavar="NAME[:TYPE]", help="a field; may be repeated")
    what.add_argument("--auto", action="store_true", help="let the service choose the fields")
    parser.add_argument("--page", type=int, default=1, help="of a PDF, from 1")
    parser.add_argument("--json", action="store_true", help="the whole answer, one JSON object a line")
    parser.add_argument("--parallel", type=int, default=2, choices=range(1, 17), metavar="N", help="files at a time")


def _query_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--where", action="append", metavar="CONDITION", help="such as 'total>100'; may be repeated")
    parser.add_argument("--sort", action="append", metavar="COLUMN[:desc]")
    parser.add_argument("--select", metavar="COLUMNS", help="comma-separated")


def _read_one(api: Api, file: Path, options: argparse.Namespace) -> Json:
    body: Json = {"image": base64.b64encode(_bytes_of(file)).decode(), "imageType": "base64", "page": options.page}
    if options.template:
        body["templateId"] = options.template
    elif options.field:
        pairs = [field.partition(":") for field in options.field]
        body["fields"] = [{"name": name, "type": kind or "string"} for name, _, kind in pairs]
    elif options.auto:
        body["autoFields"] = True
    answer: Json = api.post("/ocr/fields" if _wants_fields(options) else "/ocr/text", body)
    return answer


def _print_reading(file: Path, answer: Json, options: argparse.Namespace, *, is_one_of_many: bool) -> None:
    if options.json:
        print(json.dumps({"file": str(file), **answer}, ensure_ascii=False))
    elif _wants_fields(options):
        print(json.dumps({"file": str(file), **_plain(answer["data"])}, ensure_ascii=False))
    else:
        print(f"==> {file} <==\n{answer['text']}\n" if is_one_of_many else answer["text"])
    sys.stdout.flush()


def _wants_fields(options: argparse.Namespace) -> bool:
    return bool(options.template or options.field or options.auto)


def _plain(data: Json) -> Json:
    """Fields without their boxes."""
    return {
        name: [_plain(row) for row in found["value"]] if isinstance(found["value"], list) else found["value"]
        for name, found in data.items()
    }


def _wait(api: Api, ids: list[str]) -> int:
    """Print each job when it has ended."""
    waiting, failed = dict.fromkeys(ids), 0
    progress = Progress(len(waiting), "pages read")
    while waiting:
        for job_id in list(waiting):
            job = api.get(f"/jobs/{job_id}")
            if job["status"] not in ENDED:
                break  # jobs end roughly in order: one question a round while the first still runs
            del waiting[job_id]
            failed += job["status"] == "failed"
            progress.end()
            print(_job_line(job), flush=True)
        progress.show(len(ids) - len(waiting))
        if waiting:
            time.sleep(POLL_SECONDS)
    progress.end()
    return SOME_FAILED if failed else OK


def _listed(api: Api, options: argparse.Namespace) -> list[Json]:
    found: list[Json] = []
    cursor = None
    while len(found) < options.limit:
        size = min(options.limit - len(found), ROWS_AT_ONCE)
        page = api.get("/jobs", status=options.status, limit=size, cursor=cursor)
        found += page["jobs"]
        cursor = page["nextCursor"]
        if not cursor:
            break
    return found


def _job_line(job: Json) -> str:
    error = job.get("error") or {}
    name = job.get("originalName") or job.get("uniqueKey") or ""
    return "\t".join(filter(None, [job["jobId"], job["status"], name, error.get("code"), error.get("message")]))


def _rows(api: Api, page: Json, query: Json) -> Iterator[Json]:
    yield from page["rows"]
    while page["nextOffset"] is not None:
        page = api.get("/view", **query, limit=ROWS_AT_ONCE, offset=page["nextOffset"])
        yield from page["rows"]


def _line(row: Json, names: list[str]) -> str:
    cells = [row["name"], row["ocrStatus"], *(row["values"][name] for name in names)]
    texts = [cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False) for cell in cells]
    return "\t".join(" ".join(text.split()) for text in texts)


def _existing(files: Sequence[Path]) -> list[Path]:
    """The files, or the first that cannot be sent."""
    for file in files:
        if not file.is_file():
            raise Problem(f"{file}: {'is no file' if file.exists() else 'no such file'}.", USAGE)
    return list(files)


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}.", USAGE) from None


def _batches(files: list[Path], size: int) -> Iterator[list[Path]]:
    iterator = iter(files)
    while batch := list(islice(iterator, size)):
        yield batch


def _refusal(answer: httpx.Response) -> Problem:
    code = UNREACHABLE if answer.is_server_error else REFUSED
    try:
        error = answer.json()["error"]
        return Problem(f"{error['message']} ({error['code']}, {error['requestId']})", code)
    except (ValueError, KeyError, TypeError):
        return Problem(f"The service answered {answer.status_code} without a reason.", code)


def _pause(answer: httpx.Response) -> float:
    try:
        return min(float(answer.headers.get("Retry-After", "1")), LONGEST_PAUSE_SECONDS)
    except ValueError:
        return 1.0


def _given(query: Json) -> Json:
    return {name: value for name, value in query.items() if value is not None}


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    return f"{minutes}:{rest:02d}"


def _say(text: str) -> None:
    sys.stderr.write(f"spocr: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
