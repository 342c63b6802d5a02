"""A server that speaks OpenAI's chat protocol and answers as a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


class LanguageModel:
    """What the server shall answer, and what it was asked.

    Attributes:
        say: From the request's body to the text of the message; set by the test.
        status: Of the HTTP answer.
        raw: Sent instead of a well-formed answer.
        refusal: Stands in the message instead of a text.
        seconds: Between the bytes of the answer; makes it arrive drop by drop.
    """

    def __init__(self) -> None:
        self.say: Callable[[Json], str] = lambda _: "{}"
        self.status = 200
        self.raw: bytes | None = None
        self.refusal: str | None = None
        self.seconds = 0.0
        self.asked: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.stopping = threading.Event()

    def answer(self, body: Json) -> bytes:
        if self.raw is not None:
            return self.raw
        message: Json = {"role": "assistant", "content": None if self.refusal else self.say(body)}
        if self.refusal:
            message["refusal"] = self.refusal
        return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()


@contextmanager
def running() -> Iterator[LanguageModel]:
    """A server on a free local port, for as long as the context lasts."""
    model = LanguageModel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.asked.append({"path": self.path, **body})
            model.headers.append(dict(self.headers))
            answer = model.answer(body)
            self.send_response(model.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            for byte in answer if model.seconds else b"":
                if model.stopping.wait(model.seconds):
                    return
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            if not model.seconds:
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield model
    finally:
        model.stopping.set()
        server.shutdown()
        server.server_close()
