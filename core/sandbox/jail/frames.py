"""Messages between the bot and a supervisor: a length, a JSON object, and then as many bytes as the object says."""

import json
import socket
import struct
from typing import Any

LENGTH = struct.Struct("!I")
KILL = b"K"  # the bot's only word while a program runs: its output is too long


def packed(header: dict[str, Any]) -> bytes:
    """The header as it travels."""
    raw = json.dumps(header).encode()
    return LENGTH.pack(len(raw)) + raw


def reason(error: BaseException) -> str:
    """What went wrong, for the person who runs the bot."""
    if isinstance(error, OSError):
        words = error.strerror or str(error)
        return f"{words}: {error.filename}" if error.filename else words
    return f"{type(error).__name__}: {error}"


def receive_exactly(source: socket.socket, size: int) -> bytes:
    """`size` bytes from a blocking socket; EOFError if it ends before."""
    chunks = []
    while size:
        chunk = source.recv(min(size, 1 << 16))
        if not chunk:
            raise EOFError("the other side has gone")
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def receive_header(source: socket.socket) -> dict[str, Any]:
    """The next header from a blocking socket."""
    (size,) = LENGTH.unpack(receive_exactly(source, LENGTH.size))
    header: dict[str, Any] = json.loads(receive_exactly(source, size))
    return header
