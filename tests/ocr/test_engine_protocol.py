"""Messages between the service, the engine host and its engine processes."""

import os
import socket
from collections.abc import Iterator

import pytest

from ocr import engine_protocol
from ocr.engine_protocol import HEADER, Disconnected, Packed
from tests.engines import file_of

REQUEST = {"op": "read", "language": "日本語"}


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_message_is_handed_on_as_it_came(pair):
    ours, theirs = pair
    further, end = socket.socketpair()

    with file_of(b"a page") as document, further, end:
        engine_protocol.send(ours, REQUEST, blob=b"a picture", descriptor=document)
        engine_protocol.hand_on(further, between := engine_protocol.receive_packed(theirs))
        message, blob, descriptor = engine_protocol.receive(end)

    assert (message, blob) == (REQUEST, b"a picture")
    assert os.pread(descriptor, 100, 0) == b"a page"
    for opened in (between.descriptor, descriptor):
        os.close(opened)


def test_who_has_answered_and_gone_has_heard_the_request(pair, monkeypatch):
    ours, theirs = pair
    send_fds = socket.send_fds

    def sent_and_gone(*arguments):
        sent = send_fds(*arguments)
        theirs.close()
        return sent

    monkeypatch.setattr(socket, "send_fds", sent_and_gone)

    with file_of(b"a page") as document:
        engine_protocol.send(ours, REQUEST, descriptor=document)


def test_nobody_listens_to_who_has_gone(pair):
    ours, theirs = pair
    theirs.close()

    with pytest.raises(Disconnected):
        engine_protocol.send(ours, REQUEST)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HEADER.pack(4, 0) + b"{nix", id="no JSON"),
        pytest.param(HEADER.pack(100, 0) + b"{}", id="cut off"),
        pytest.param(HEADER.pack(engine_protocol.MAX_MESSAGE_BYTES, 1), id="too large"),
        pytest.param(b"\0\0", id="half a header"),
    ],
)
def test_what_is_no_message_ends_the_connection(pair, data):
    ours, theirs = pair
    engine_protocol.hand_on(ours, Packed(data))
    ours.close()

    with pytest.raises(Disconnected):
        engine_protocol.receive(theirs)
