"""Being told to end: SIGTERM, or SIGINT of Ctrl-C."""

import queue
import signal
import threading


def told() -> threading.Event:
    """An event that is set once this process is told to end, however often. For the main thread, which may wait for it.

    A handler runs in the middle of whatever the main thread does. There it may not set the event itself: that takes
    the event's lock, which a wait that has just begun, or a second signal's handler, holds for ever then.
    """
    stopping, signals = threading.Event(), queue.SimpleQueue[int]()

    def pass_on() -> None:
        signals.get()
        stopping.set()

    threading.Thread(target=pass_on, name="told to end", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: signals.put(received))  # the one queue made for handlers
    return stopping
