"""The local Stripe on a loopback port. Switches make it fail as the real one does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.stripe import contract, pages
from tests.fakes.stripe.calls import CALLS
from tests.fakes.stripe.contract import Refused
from tests.fakes.stripe.state import Declined, Json, State

CREATING = "post"


class LocalStripe(ThreadingHTTPServer):
    """State, switches, and what was called.

    Attributes:
        is_down: Every call is answered with 503, and nothing happens.
        drops_answers: Calls are carried out, and the connection is cut instead of an answer.
        calls: (verb, path) of every call, in order.
    """

    daemon_threads = True
    disable_nagle_algorithm = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.state = State(self.address)
        self.is_down = self.drops_answers = False
        self.calls: list[tuple[str, str]] = []
        self._answers: dict[str, tuple[str, int, Json]] = {}
        self._busy: set[str] = set()

    def answer(self, verb: str, path: str, given: Json, key: str) -> tuple[int, Json]:
        """Status and body. The same key again: the same answer; with another body: an error."""
        self.calls.append((verb, path))
        if self.is_down:
            return 503, _problem("api_error", "Stripe is down.")
        fingerprint = json.dumps([path, given], sort_keys=True)
        if key in self._answers:
            known, status, body = self._answers[key]
            if known != fingerprint:
                return 400, _problem("idempotency_error", "Keys for idempotent requests can only be used once.")
            return status, body
        status, body = self._call(verb, path, given)
        if key and verb == CREATING:
            self._answers[key] = (fingerprint, status, body)
        return status, body

    def _call(self, verb: str, path: str, given: Json) -> tuple[int, Json]:
        customer = given.get("payload", {}).get("stripe_customer_id", "") if "meter_events" in path else ""
        if customer and customer in self._busy:
            return 429, _problem("rate_limit_error", "One call at a time for a customer and meter.")
        self._busy.add(customer)
        try:
            with self.state.lock:
                self.state.renew_due()
                route, ids = contract.find(verb, path)
                params = contract.check(route, given)
                call = CALLS.get((route.verb, route.path))
                if call is None:
                    return 501, _problem("api_error", f"The local Stripe does not act on {verb} {route.path} yet.")
                return 200, json.loads(json.dumps(call(self.state, params, *ids), default=str))
        except Refused as refusal:
            status = 404 if str(refusal).startswith("No such") else 400
            return status, _problem("invalid_request_error", str(refusal), param=refusal.param)
        except Declined:
            return 402, _problem("card_error", "Your card was declined.", code="card_declined")
        finally:
            self._busy.discard(customer)


class Handler(BaseHTTPRequestHandler):
    """One request: of the API, or of a person on a page."""

    server: LocalStripe
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle("get")

    def do_POST(self) -> None:
        self._handle("post")

    def do_DELETE(self) -> None:
        self._handle("delete")

    def log_message(self, *_: object) -> None:
        """Silence."""

    def _handle(self, verb: str) -> None:
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if not target.path.startswith(("/v1/", "/v2/")):
            status, headers, text = pages.answer(self.server.state, verb, target.path, dict(parse_qsl(body)))
            self._send(status, text.encode(), {"Content-Type": "text/html; charset=utf-8", **headers})
            return
        if not self.headers.get("Authorization", "").startswith("Bearer sk_test_"):
            self._send_json(401, _problem("invalid_request_error", "Invalid API Key provided."))
            return
        pairs = parse_qsl(body if verb == CREATING else target.query, keep_blank_values=True)
        given = json.loads(body or "{}") if target.path.startswith("/v2/") and body else contract.decode(pairs)
        answer = self.server.answer(verb, target.path, given, self.headers.get("Idempotency-Key", ""))
        if self.server.drops_answers:
            self.close_connection = True
            return
        self._send_json(*answer)

    def _send_json(self, status: int, body: Json) -> None:
        self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Headers and body in one write: two cost 40 ms each call (Nagle and delayed acknowledgement)."""
        lines = [f"HTTP/1.1 {status} Local"]
        lines += [f"{name}: {value}" for name, value in {**headers, "Content-Length": str(len(body))}.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)


@contextmanager
def running(port: int = 0) -> Iterator[LocalStripe]:
    """The local Stripe in a thread of this process."""
    server = LocalStripe(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _problem(kind: str, message: str, **more: Any) -> Json:
    return {"error": {"type": kind, "message": message, **more}}
