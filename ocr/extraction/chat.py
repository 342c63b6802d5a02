"""One question to a server that speaks OpenAI's chat protocol. Uses pycurl: it holds a total deadline,
which a server that answers drop by drop cannot stretch.
"""

import base64
import io
import json
from dataclasses import dataclass
from typing import Any

import pycurl

Json = dict[str, Any]
MAX_ANSWER_BYTES = 4 * 1024 * 1024


class ModelFailed(Exception):
    """No usable answer; the text says why, in words for the caller of the API."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a language model is asked.

    Attributes:
        base_url: Up to and without "/chat/completions".
        key: Sent as a bearer token; "" sends none.
        timeout_seconds: From the call to the last byte of the answer.
        with_picture: The page's picture goes along.
    """

    base_url: str
    model: str
    key: str = ""
    timeout_seconds: int = 60
    with_picture: bool = False


def ask(server: Server, instructions: str, page: str, schema: Json, *, picture: bytes | None = None) -> Json:
    """The model's answer: an object that shall have the form of `schema`, which is not checked here.

    Args:
        picture: A JPEG of the page.

    Raises:
        ModelFailed: The server is away, too slow or failed, refused, or answered no JSON object.
    """
    body = {
        "model": server.model,
        "temperature": 0,
        "messages": [
            {"role": "system", "content": instructions},
            {"role": "user", "content": _content(page, picture)},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "fields", "strict": True, "schema": schema},
        },
    }
    return _answer(_posted(server, json.dumps(body).encode()))


def _content(page: str, picture: bytes | None) -> str | list[Json]:
    if picture is None:
        return page
    url = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
    return [{"type": "text", "text": page}, {"type": "image_url", "image_url": {"url": url}}]


def _posted(server: Server, body: bytes) -> bytes:
    answer = io.BytesIO()
    headers = ["Content-Type: application/json", *([f"Authorization: Bearer {server.key}"] if server.key else [])]
    curl = pycurl.Curl()
    try:
        curl.setopt(pycurl.URL, f"{server.base_url.rstrip('/')}/chat/completions")
        curl.setopt(pycurl.POSTFIELDS, body)
        curl.setopt(pycurl.HTTPHEADER, headers)
        curl.setopt(pycurl.TIMEOUT_MS, server.timeout_seconds * 1000)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.WRITEFUNCTION, lambda part: _written(answer, part))
        curl.perform()
        status = curl.getinfo(pycurl.RESPONSE_CODE)
    except pycurl.error as error:
        late = error.args[0] == pycurl.E_OPERATION_TIMEDOUT
        raise ModelFailed("took too long" if late else "could not be reached") from None
    finally:
        curl.close()
    if status != 200:
        raise ModelFailed(f"answered with the status {status}")
    return answer.getvalue()


def _written(answer: io.BytesIO, part: bytes) -> int:
    """Take a part of the answer; less than all of it ends the transfer."""
    return answer.write(part) if answer.tell() + len(part) <= MAX_ANSWER_BYTES else 0


def _answer(raw: bytes) -> Json:
    try:
        choice = json.loads(raw)["choices"][0]
        message = choice["message"]
        if message.get("refusal") or choice.get("finish_reason") == "content_filter":
            raise ModelFailed("refused to answer")
        answer = json.loads(message["content"])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise ModelFailed("did not answer in the form asked for") from None
    if not isinstance(answer, dict):
        raise ModelFailed("did not answer in the form asked for")
    return answer
