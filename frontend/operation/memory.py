"""How the garbage collector of a process that serves for long is set."""

import gc

# Objects made before the youngest ones are looked through. A page as read is thousands of small objects, none of
# them garbage: with Python's 700, looking through them takes a tenth of a request's processor time.
YOUNG_OBJECTS = 10_000


def settle() -> None:
    """What is loaded by now stays: it is never looked through again, and stays shared after a fork."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
