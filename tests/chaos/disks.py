"""A disk that refuses one fsync, for a program that is started with `settings()`."""

import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("refused_sync.c")


class Disk:
    """The library that the program loads, and the file that says which fsync fails.

    Args:
        folder: Of this test alone; whoever the program runs as may write into it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        folder.chmod(0o777)
        self._library, self._flag = folder / "refused_sync.so", folder / "refuse"
        command = ["cc", "-shared", "-fPIC", "-O2", "-o", str(self._library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True)

    def settings(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self._library), "REFUSE_SYNC": str(self._flag)}

    def refuse(self, *, after: int) -> None:
        """The next fsync but so many fails."""
        self._flag.write_bytes(b"." * after)
        self._flag.chmod(0o666)

    @property
    def has_refused(self) -> bool:
        return not self._flag.exists()

    def relent(self) -> None:
        self._flag.unlink(missing_ok=True)
