"""From what the supervisor measured to what a person reads: status and text, without input or output."""

import codecs
import signal
from dataclasses import dataclass

from .jail.report import FAILED, KEYBOARD, MEMORY, NETWORK, PROCESS
from .result import Limits, ProgramFile, Status

_NOTICES = (
    (NETWORK, "[There is no network here.]"),
    (PROCESS, "[Programs cannot start other programs here.]"),
    (KEYBOARD, "[There is no keyboard here: write the values into the program.]"),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one cell. `killed` and the numbers are the supervisor's; `flags` and `text` are the program's word.

    `exit` is None for a session that lives on. `printed` is the kept part of `total` bytes.
    """

    killed: str | None
    exit: int | None
    cpu_exceeded: bool
    seconds: float
    flags: int
    text: str
    printed: bytes
    total: int
    files: tuple[ProgramFile, ...] = ()


def status_of(ending: Ending) -> Status:
    """Decided by who killed it and how it ended; the program's word only tells memory from other errors."""
    used_up = ending.killed is None and ending.cpu_exceeded and _died_of(ending, signal.SIGKILL, signal.SIGXCPU)
    if ending.killed == "timeout" or used_up:
        return Status.TIMEOUT
    if ending.killed in ("output", "memory"):
        return Status.OUTPUT_TRUNCATED if ending.killed == "output" else Status.MEMORY
    if ending.killed is not None:
        return Status.ERROR
    if ending.exit != 0 if ending.exit is not None else ending.flags & FAILED:
        said_memory = ending.exit in (None, 1) and ending.flags & FAILED and ending.flags & MEMORY
        killed_by_kernel = _died_of(ending, signal.SIGKILL)  # not by us: the host is out of memory
        return Status.MEMORY if said_memory or killed_by_kernel else Status.ERROR
    return Status.OUTPUT_TRUNCATED if len(ending.printed) < ending.total else Status.OK


def output_of(ending: Ending, status: Status, limits: Limits, timeout_seconds: float) -> str:
    """What was printed, the traceback, and the fixed sentences."""
    parts = [_decoded(ending.printed, cut=len(ending.printed) < ending.total)]
    if len(ending.printed) < ending.total and ending.killed != "output":
        parts.append(f"[The first {_kib(len(ending.printed))} of {_kib(ending.total)} are shown.]\n")
    if ending.killed is None:
        parts.append(ending.text)
    parts += [f"{sentence}\n" for sentence in _sentences(ending, status, limits, timeout_seconds)]
    text = ""
    for part in parts:
        text += "\n" + part if text and part and not text.endswith("\n") else part
    return text


def duration(seconds: float) -> str:
    """`1 second`, `5 seconds`, `1.5 seconds`."""
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"


def _sentences(ending: Ending, status: Status, limits: Limits, timeout_seconds: float) -> list[str]:
    sentences = [sentence for flag, sentence in _NOTICES if ending.flags & flag]
    if status is Status.TIMEOUT:
        return [*sentences, f"[Execution timed out ({duration(timeout_seconds)}).]"]
    if status is Status.MEMORY:
        return [*sentences, f"[Memory limit reached ({limits.memory_mib} MiB).]"]
    if ending.killed == "output":
        return [*sentences, f"[Output stopped at {_kib(limits.output_killed_kib << 10)}.]"]
    if ending.killed == "folder":
        return [*sentences, f"[The work folder is full ({limits.work_mib} MiB, {limits.work_inodes} files).]"]
    if ending.killed == "files":
        return [f"[The files do not fit into the work folder ({limits.work_mib} MiB).]"]
    if ending.exit is not None and ending.exit < 0:
        return [*sentences, f"[The interpreter crashed ({_signal_name(-ending.exit)}).]"]
    if ending.exit and not ending.text and not sentences:
        return [f"[The program ended with exit status {ending.exit}.]"]
    return sentences


def _died_of(ending: Ending, *signals: int) -> bool:
    return ending.exit is not None and -ending.exit in signals


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _decoded(raw: bytes, *, cut: bool) -> str:
    """Anything becomes text; where it was cut inside of a character, that character is left out."""
    return codecs.getincrementaldecoder("utf-8")("replace").decode(raw, final=not cut)


def _kib(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 and size % (1 << 20) == 0 else f"{size / 1024:,.0f} KiB"
