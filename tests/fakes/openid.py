"""A company's own sign-in: a server that speaks OpenID Connect's code flow, and whose person a test chooses."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

CLIENT, SECRET = "spocr-at-example", "a secret of the company"


class Company:
    """Who signs in there, and what was asked.

    Attributes:
        claims: What is told about the person; `sub` tells people apart.
        codes: Given out and not yet redeemed, with the address they are good for.
    """

    def __init__(self) -> None:
        self.url = ""
        self.claims: dict[str, Any] = {"sub": "1", "email": "dora@company.example", "email_verified": True}
        self.codes: dict[str, str] = {}

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def page(self, asked: dict[str, str]) -> str:
        """Where the person agrees."""
        assert asked["client_id"] == CLIENT, asked
        assert asked["response_type"] == "code", asked
        code = secrets.token_hex(8)
        self.codes[code] = asked["redirect_uri"]
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        return f'<!DOCTYPE html><title>Company</title><p>{self.claims["email"]}</p><a href="{back}">Go on</a>'

    def token(self, asked: dict[str, str]) -> dict[str, Any] | None:
        """A code is good once, for the address it was given to, with the secret."""
        if self.codes.pop(asked["code"], "") != asked["redirect_uri"] or asked["client_secret"] != SECRET:
            return None
        about = {**self.claims, "iss": self.url, "aud": CLIENT, "exp": int(time.time()) + 60}
        return {"access_token": "t", "token_type": "Bearer", "id_token": jwt.encode(about, "k" * 32)}


@contextmanager
def running() -> Iterator[Company]:
    """A server on a free local port, for as long as the context lasts."""
    company = Company()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            target = urlsplit(self.path)
            if target.path == "/authorize":
                self._send(company.page(_flat(target.query)).encode(), "text/html")
            elif target.path == "/userinfo":
                self._send(json.dumps(company.claims).encode())
            else:
                self._send(json.dumps(company.discovery()).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = company.token(_flat(body))
            self._send(json.dumps(answer or {"error": "invalid_grant"}).encode(), status=200 if answer else 400)

        def _send(self, body: bytes, kind: str = "application/json", status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    company.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield company
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
