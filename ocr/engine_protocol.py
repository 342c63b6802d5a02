"""Messages between the service, the engine host and its engine processes.

A message is a header of two lengths, a JSON object, and a blob. A request may carry one open
file (the document), passed as a descriptor, so that its bytes are never copied through a
socket. Answers hold JSON only and never pickles: a process that touched a stranger's bytes is
not believed.
"""

import json
import socket
import struct
from typing import Any

from ocr.types import Line, Page, Point, Polygon, Word

HEADER = struct.Struct(">II")
MAX_MESSAGE_BYTES = 256 * 1024 * 1024

Json = dict[str, Any]


class Disconnected(Exception):
    """The other side is gone."""


def send(peer: socket.socket, message: Json, *, blob: bytes = b"", descriptor: int = -1) -> None:
    """Send one message.

    Raises:
        Disconnected
        TimeoutError: As the socket is set.
    """
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    data = HEADER.pack(len(body), len(blob)) + body
    try:
        if descriptor >= 0:
            sent = socket.send_fds(peer, [data[: HEADER.size]], [descriptor])
            data = data[sent:]
        peer.sendall(data)
        if blob:
            peer.sendall(blob)
    except (BrokenPipeError, ConnectionError):
        raise Disconnected from None


def receive(peer: socket.socket) -> tuple[Json, bytes, int]:
    """The next message: its JSON, its blob, and the descriptor that came along or -1.

    Raises:
        Disconnected: The peer closed, or sent something that is no message.
        TimeoutError: As the socket is set.
    """
    descriptors: list[int] = []
    header = b""
    while len(header) < HEADER.size:
        try:
            part, received, _, _ = socket.recv_fds(peer, HEADER.size - len(header), 1)
        except ConnectionError:
            raise Disconnected from None
        descriptors += received
        if not part:
            raise Disconnected
        header += part
    length, blob_length = HEADER.unpack(header)
    if length + blob_length > MAX_MESSAGE_BYTES:
        raise Disconnected
    body = _receive_exactly(peer, length + blob_length)
    try:
        message = json.loads(body[:length])
    except ValueError:
        raise Disconnected from None
    return message, body[length:], descriptors[0] if descriptors else -1


def page_to_json(page: Page) -> Json:
    return {
        "number": page.number,
        "size": [page.width_px, page.height_px],
        "rotation": page.rotation,
        "language": page.language,
        "source": page.source,
        "lines": [[_flat(line.polygon), [_word(word) for word in line.words]] for line in page.lines],
    }


def page_from_json(data: Json) -> Page:
    """The page in an engine's answer.

    Raises:
        ValueError, KeyError, TypeError: The answer is not of this shape.
    """
    lines = (
        Line(
            tuple(Word(text, _polygon(corners), float(sure), bool(glued)) for text, sure, glued, corners in words),
            _polygon(polygon),
        )
        for polygon, words in data["lines"]
    )
    width, height = data["size"]
    return Page(
        data["number"], int(width), int(height), tuple(lines), int(data["rotation"]), str(data["language"]),
        str(data["source"]),
    )  # fmt: skip


def _receive_exactly(peer: socket.socket, length: int) -> bytes:
    buffer = bytearray(length)
    view, at = memoryview(buffer), 0
    while at < length:
        try:
            count = peer.recv_into(view[at:])
        except ConnectionError:
            raise Disconnected from None
        if not count:
            raise Disconnected
        at += count
    return bytes(buffer)


def _word(word: Word) -> list[Any]:
    return [word.text, round(word.confidence, 4), int(word.glued), _flat(word.polygon)]


def _flat(polygon: Polygon) -> list[float]:
    return [round(value, 1) for point in polygon for value in point]


def _polygon(flat: list[float]) -> Polygon:
    x1, y1, x2, y2, x3, y3, x4, y4 = map(float, flat)
    return Polygon(Point(x1, y1), Point(x2, y2), Point(x3, y3), Point(x4, y4))
