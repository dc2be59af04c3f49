"""One program that tries to get out. A mode is used only if it stops every try."""

import os

from .program import Program, ProgramLost, ProgramRefused
from .result import Limits, Mode, Status
from .verdict import status_of

_TIMEOUT_SECONDS = 10.0
_SAFE = "every try was stopped"

# Each line of the table: what would have been possible, and code that raises where it is not.
_PROGRAM = """
import ctypes, os, socket
tries = {
    "read the bot's files": lambda: open(%(own)r).read(),
    "change the bot's files": lambda: open(%(own)r, "a"),
    "write to the standard library": lambda: open(os.path.dirname(os.__file__) + "/codeact_was_here.py", "w"),
    "open a network connection": lambda: socket.socket(socket.AF_INET),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX),
    "start a process": lambda: os._exit(0) if os.fork() == 0 else None,
    "signal another process": lambda: os.kill(%(bot)d, 0),
    "read the environment of a process": lambda: open("/proc/self/environ", "rb").read(),
    "take %(memory)d MiB of memory": lambda: bytearray(%(memory)d << 20),
}
for name, attempt in tries.items():
    try:
        attempt()
    except (OSError, MemoryError):
        continue
    print(name)
    os._exit(1)
print(%(safe)r)
"""


async def find_leak(program: Program, limits: Limits) -> str | None:
    """None if `program` holds; else one sentence that says what a program in it could do."""
    words = {"own": __file__, "bot": os.getpid(), "memory": limits.memory_mib, "safe": _SAFE}
    try:
        ending = await program.run(_PROGRAM % words, [], limits, _TIMEOUT_SECONDS, session=False)
    except (ProgramLost, ProgramRefused) as error:
        return str(error)
    said = ending.printed.decode("utf-8", "replace").strip()
    if status_of(ending) is Status.OK and said == _SAFE:
        return None
    return f"a program could {said}" if said else f"the self-test ended with {status_of(ending)}: {ending.text.strip()}"


def described(mode: Mode, landlock: int) -> str:
    """What the mode consists of, for the person who runs the bot."""
    return {
        Mode.FULL: f"namespaces, private read-only root, Landlock {landlock}, seccomp and limits",
        Mode.LITE: f"Landlock {landlock}, seccomp and limits, without namespaces",
        Mode.SEATBELT: "a Seatbelt profile and limits (experimental)",
        Mode.UNSAFE: "limits only: programs can read, change and send what this user can",
    }[mode]
