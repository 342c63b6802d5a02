"""Locks an engine process down before it touches a stranger's bytes. Linux; pure ctypes.

Three walls, each on its own enough for most attacks: resource limits; a seccomp filter without
network, new programs and tracing; and Landlock, which leaves only libraries and models
readable and nothing but `/dev/null` writable. What the kernel lacks is skipped and told by `lock_down`.
"""

import ctypes
import platform
import resource
import struct
import sys
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
# linux/audit.h, and system call numbers of each architecture (asm/unistd.h).
_ARCHITECTURES = {
    "x86_64": (0xC000003E, {"socket": 41, "connect": 42, "bind": 49, "ptrace": 101, "process_vm_readv": 310,
                            "execve": 59, "execveat": 322, "kill": 62, "io_uring_setup": 425}),
    "aarch64": (0xC00000B7, {"socket": 198, "connect": 203, "bind": 200, "ptrace": 117, "process_vm_readv": 270,
                             "execve": 221, "execveat": 281, "kill": 129, "io_uring_setup": 425}),
}  # fmt: skip
_PROGRAM_CALLS = {"execve", "execveat", "kill"}
EPERM = 1
# linux/seccomp.h and linux/filter.h
RET_ALLOW, RET_ERRNO = 0x7FFF0000, 0x00050000
LOAD_WORD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
OFFSET_NUMBER, OFFSET_ARCH = 0, 4

# linux/landlock.h: rights to the file system that are taken away unless granted again.
LANDLOCK_CREATE, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT = 444, 445, 446
LANDLOCK_RULE_PATH_BENEATH = 1
WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
EVERYTHING = (1 << 13) - 1
O_PATH, O_CLOEXEC = 0o10000000, 0o2000000
MAX_OPEN_FILES = 256
MAX_FILE_BYTES = 1 << 30
# Of /proc only the process itself: another's environment holds the service's secrets.
READABLE = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/proc/self", "/proc/cpuinfo",
            "/proc/meminfo", "/proc/stat", "/sys", "/dev/urandom", "/opt")  # fmt: skip
NOWHERE = "/dev/null"  # Tesseract opens it for its messages, and crashes at the first one where it may not.

_libc = ctypes.CDLL(None, use_errno=True)


def lock_down(*, memory_mb: int, may_start_programs: bool) -> list[str]:
    """Take away what an engine does not need; returns the names of the walls that stand.

    Args:
        memory_mb: Limit of the process's private memory.
        may_start_programs: The adapter runs the `tesseract` program, so new programs and
            temporary files stay allowed.
    """
    _limit(memory_mb)
    walls = ["limits"]
    if _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return walls
    if not may_start_programs and _close_file_system():
        walls.append("landlock")
    if _filter_calls(may_start_programs=may_start_programs):
        walls.append("seccomp")
    return walls


def _limit(memory_mb: int) -> None:
    size = memory_mb * 1_048_576
    # Private memory, not address space: libraries and thread stacks reserve far more than they use.
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))
    # Not zero: the log that standard error goes to may be a file.
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))


def _filter_calls(*, may_start_programs: bool) -> bool:
    architecture = _ARCHITECTURES.get(platform.machine())
    if architecture is None:
        return False
    audit, calls = architecture
    refused = [number for name, number in calls.items() if not (may_start_programs and name in _PROGRAM_CALLS)]
    program = _filter_program(audit, refused)
    buffer = ctypes.create_string_buffer(program)
    # struct sock_fprog: unsigned short length, padding, pointer
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)))
    return bool(_libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) == 0)


def _filter_program(audit: int, refused: list[int]) -> bytes:
    """Berkeley packet filter: calls of a foreign architecture and refused ones fail with EPERM."""

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    steps = [step(LOAD_WORD, OFFSET_ARCH), step(JUMP_EQUAL, audit, 0, len(refused) + 2), step(LOAD_WORD, OFFSET_NUMBER)]
    for index, number in enumerate(refused):
        steps.append(step(JUMP_EQUAL, number, len(refused) - index, 0))
    steps += [step(RETURN, RET_ALLOW), step(RETURN, RET_ERRNO | EPERM)]
    return b"".join(steps)


def _close_file_system() -> bool:
    attributes = ctypes.create_string_buffer(struct.pack("Q", EVERYTHING))
    ruleset = _libc.syscall(LANDLOCK_CREATE, attributes, 8, 0)
    if ruleset < 0:
        return False
    for path in (*READABLE, sys.prefix, sys.base_prefix, str(Path(__file__).resolve().parent.parent / "ocr")):
        _allow(ruleset, path, READ_FILE | READ_DIR if Path(path).is_dir() else READ_FILE)
    _allow(ruleset, NOWHERE, READ_FILE | WRITE_FILE)
    return bool(_libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) == 0)


def _allow(ruleset: int, path: str, rights: int) -> None:
    descriptor = _libc.open(path.encode(), O_PATH | O_CLOEXEC)
    if descriptor < 0:
        return
    rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, descriptor))
    _libc.syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0)
    _libc.close(descriptor)
