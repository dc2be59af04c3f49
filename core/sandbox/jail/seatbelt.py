"""macOS: a Seatbelt profile for each program, enforced from inside of the process (experimental)."""

import ctypes
import json
import struct

from .config import JailConfig

_LIBRARY = "/usr/lib/libSystem.dylib"
_SYSTEM = ("/usr/lib", "/System/Library", "/private/var/db/timezone", "/usr/share/zoneinfo")
_PROC_PIDTASKINFO = 4
_TASK_INFO_BYTES = 96  # struct proc_taskinfo; virtual and resident size come first
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def profile(paths: tuple[str, ...], folder: str) -> str:
    """The profile as text: everything is denied but reading what is visible and working in the own folder."""
    readable = " ".join(f"(subpath {_quoted(path)})" for path in (*paths, *_SYSTEM))
    devices = " ".join(f"(literal {_quoted(path)})" for path in _DEVICES)
    return "\n".join(
        [
            "(version 1)",
            "(deny default)",
            "(deny network*)",
            "(deny process-fork)",
            "(deny process-exec*)",
            "(allow signal (target self))",
            "(allow sysctl-read)",
            "(allow file-read-metadata)",
            f"(allow file-read* {readable} {devices})",
            f"(allow file-write-data {devices})",
            f"(allow file-read* file-write* (subpath {_quoted(folder)}))",
            "",
        ]
    )


def enforce(config: JailConfig, folder: str) -> None:
    """From now on, for good. OSError if the profile was not accepted."""
    library = ctypes.CDLL(_LIBRARY)
    message = ctypes.c_char_p()
    text = profile(config.paths, folder).encode()
    if library.sandbox_init(ctypes.c_char_p(text), ctypes.c_uint64(0), ctypes.byref(message)) != 0:
        raise OSError(f"the Seatbelt profile was refused: {(message.value or b'').decode('utf-8', 'replace')}")


def _quoted(path: str) -> str:
    """A string of the profile language."""
    return json.dumps(path, ensure_ascii=False)


def resident_bytes(process: int) -> int:
    """The memory a process holds; macOS does not enforce a limit on it. 0 if it cannot be told."""
    library = ctypes.CDLL(_LIBRARY)
    room = ctypes.create_string_buffer(_TASK_INFO_BYTES)
    size = library.proc_pidinfo(process, _PROC_PIDTASKINFO, ctypes.c_uint64(0), room, len(room))
    return int(struct.unpack_from("=QQ", room)[1]) if size == len(room) else 0
