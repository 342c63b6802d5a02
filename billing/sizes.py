"""Sizes of files, as people write them. Pure."""

UNITS = (("GB", 1024**3), ("MB", 1024**2))


def shown(count: int) -> str:
    """Bytes in the largest unit that leaves no fraction: 1 GB, 5 MB, else whole kilobytes."""
    for name, size in UNITS:
        if count and count % size == 0:
            return f"{count // size} {name}"
    return f"{count // 1024} KB"
