"""What goes into the sandbox and what comes out: plain immutable values."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a program ended, as the supervisor saw it."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_TRUNCATED = "output_truncated"
    UNAVAILABLE = "unavailable"


class Mode(StrEnum):
    """What stands between a program and the host."""

    FULL = "full"
    LITE = "lite"
    SEATBELT = "seatbelt"
    SNEKBOX = "snekbox"
    UNSAFE = "unsafe"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ProgramFile:
    """A file given to a program or written by it; the name is relative and has no folders."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use. A session keeps memory, threads, work folder and open files between its turns."""

    wall_seconds: float = 5.0
    memory_mib: int = 512
    work_mib: int = 64
    work_inodes: int = 2000
    file_mib: int = 16
    open_files: int = 64
    threads: int = 64
    output_kept_kib: int = 64
    output_killed_kib: int = 1024
    files_back: int = 10
    files_back_mib: int = 8


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """What one execution came to.

    `output` is what was printed, then the traceback, then the fixed sentences, each on lines of its own. `seconds` is
    the program's wall clock. `exit_code` is negative for a signal and None where nothing ended: a session that lives
    on, or an unavailable sandbox. `state_lost` says that variables of earlier turns of the session are gone.
    """

    status: Status
    output: str
    files: tuple[ProgramFile, ...] = ()
    seconds: float = 0.0
    mode: Mode = Mode.NONE
    exit_code: int | None = None
    state_lost: bool = False
