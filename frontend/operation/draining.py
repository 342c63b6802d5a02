"""Whether this node is about to stop: it goes on answering, and says so to the load balancer.

A request that reaches a closed door is lost. So a node first says that it leaves, waits until nobody
sends it anything, and closes its door then.
"""

import mmap

# Shared by the processes that are forked after this module was imported.
_mark = mmap.mmap(-1, 1)


def begin() -> None:
    """From now on this node leaves; there is no way back."""
    _mark[0] = 1


def is_leaving() -> bool:
    return bool(_mark[0])
