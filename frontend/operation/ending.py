"""Being told to end: SIGTERM, or SIGINT of Ctrl-C.

A handler runs in the middle of whatever the main thread does. There it may take no lock, not even that of an event:
a wait that has just begun, or the handler of a first signal, may hold it, and then both stand still for ever.
"""

import queue
import signal
import threading
from collections.abc import Callable


def aside(act: Callable[[], object]) -> Callable[..., None]:
    """What a handler may call, however often: `act` then runs once, in a thread that waits for it from now on."""
    calls = queue.SimpleQueue[None]()  # the one queue made for handlers

    def run() -> None:
        calls.get()
        act()

    threading.Thread(target=run, name="told to end", daemon=True).start()
    return lambda *_, **__: calls.put(None)


def told() -> threading.Event:
    """An event that is set once this process is told to end, at whatever moment and however often."""
    stopping = threading.Event()
    handler = aside(stopping.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)
    return stopping
