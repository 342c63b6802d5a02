"""Messages between the service, the engine host and its engine processes.

A message is a header of two lengths, a JSON object, and a blob. A request may carry one open
file (the document), passed as a descriptor, so that its bytes are never copied through a
socket. Answers hold JSON only and never pickles: a process that touched a stranger's bytes is
not believed.
"""

import math
import socket
import struct
from dataclasses import dataclass
from typing import Any

import orjson

from ocr.types import Line, Page, Point, Polygon, Word

HEADER = struct.Struct(">II")
MAX_MESSAGE_BYTES = 256 * 1024 * 1024

Json = dict[str, Any]


class Disconnected(Exception):
    """The other side is gone."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A message as it travels, header and all: to be opened, or handed on as it is.

    Attributes:
        descriptor: The open file that came along, or -1.
    """

    data: bytes | bytearray
    descriptor: int = -1

    def opened(self) -> tuple[Json, bytes]:
        """Its JSON and its blob.

        Raises:
            Disconnected: It is no message.
        """
        length, _ = HEADER.unpack_from(self.data)
        end = HEADER.size + length
        view = memoryview(self.data)
        try:
            return orjson.loads(view[HEADER.size : end]), bytes(view[end:])
        except ValueError:
            raise Disconnected from None


def pack(message: Json, blob_bytes: int = 0) -> bytes:
    """A message without its blob, which follows."""
    body = orjson.dumps(message)
    return HEADER.pack(len(body), blob_bytes) + body


def send(peer: socket.socket, message: Json, *, blob: bytes = b"", descriptor: int = -1) -> None:
    """Send one message. Raises as `hand_on`."""
    hand_on(peer, Packed(pack(message, len(blob)), descriptor))
    if blob:
        hand_on(peer, Packed(blob))


def hand_on(peer: socket.socket, message: Packed) -> None:
    """Send a message as it came.

    Raises:
        Disconnected
        TimeoutError: As the socket is set.
    """
    sent = 0
    try:
        if message.descriptor >= 0:
            sent = socket.send_fds(peer, [message.data], [message.descriptor])
        if sent < len(message.data):  # who has all may have answered and gone already
            peer.sendall(memoryview(message.data)[sent:])
    except (BrokenPipeError, ConnectionError):
        raise Disconnected from None


def receive(peer: socket.socket) -> tuple[Json, bytes, int]:
    """The next message: its JSON, its blob, and the descriptor that came along or -1. Raises as `receive_packed`."""
    message = receive_packed(peer)
    return *message.opened(), message.descriptor


def receive_packed(peer: socket.socket) -> Packed:
    """The next message, unopened.

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
    length = sum(HEADER.unpack(header))
    if length > MAX_MESSAGE_BYTES:
        raise Disconnected
    data = bytearray(HEADER.size + length)
    data[: HEADER.size] = header
    _receive_into(peer, memoryview(data)[HEADER.size :])
    return Packed(data, descriptors[0] if descriptors else -1)


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


def _receive_into(peer: socket.socket, view: memoryview) -> None:
    while view:
        try:
            count = peer.recv_into(view)
        except ConnectionError:
            raise Disconnected from None
        if not count:
            raise Disconnected
        view = view[count:]


def _word(word: Word) -> list[Any]:
    return [word.text, round(float(word.confidence), 4), int(word.glued), _flat(word.polygon)]


def _flat(polygon: Polygon) -> list[float]:
    return [round(float(value), 1) for point in polygon for value in point]


def _polygon(flat: list[float]) -> Polygon:
    x1, y1, x2, y2, x3, y3, x4, y4 = flat
    if not math.isfinite(sum(flat)):  # raises TypeError where one is no number
        raise ValueError("a corner lies nowhere")
    return Polygon(Point(x1, y1), Point(x2, y2), Point(x3, y3), Point(x4, y4))
