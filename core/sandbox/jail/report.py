"""A page of memory that a program shares with its supervisor: the traceback, and what the program tried in vain.

The program can write anything here. So nothing but wording is taken from it: the status comes from the kernel.
"""

import mmap
import struct
from dataclasses import dataclass

FAILED = 1  # the cell ended with an exception or a status other than 0
MEMORY = 2  # the exception was a MemoryError
NETWORK = 4
PROCESS = 8
KEYBOARD = 16

_HEADER = struct.Struct("=II")
_SIZE = 1 << 16
TEXT_BYTES = _SIZE - _HEADER.size


@dataclass(frozen=True, slots=True)
class Report:
    """What the program says about its own end."""

    flags: int = 0
    text: str = ""


class ReportPage:
    """Made by the supervisor before it forks, written by the program, read when the program stands still."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)

    def clear(self) -> None:
        """Before each cell."""
        self._memory[: _HEADER.size] = _HEADER.pack(0, 0)

    def note(self, flag: int) -> None:
        """Add one flag, in the program."""
        flags, size = _HEADER.unpack_from(self._memory)
        _HEADER.pack_into(self._memory, 0, flags | flag, size)

    def write(self, text: str) -> None:
        """Store the text, cut at what fits, in the program."""
        raw = text.encode("utf-8", "backslashreplace")[:TEXT_BYTES]
        flags, _ = _HEADER.unpack_from(self._memory)
        self._memory[_HEADER.size : _HEADER.size + len(raw)] = raw
        _HEADER.pack_into(self._memory, 0, flags, len(raw))

    def read(self) -> Report:
        """In the supervisor: whatever is there, made harmless."""
        flags, size = _HEADER.unpack_from(self._memory)
        raw = self._memory[_HEADER.size : _HEADER.size + min(size, TEXT_BYTES)]
        return Report(flags & 0xFF, raw.decode("utf-8", "replace"))
