"""Kernel calls that Python does not offer, as functions that raise OSError."""

import contextlib
import ctypes
import os
import struct
import sys
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

AT_FDCWD = -100
AT_RECURSIVE = 0x8000
OPEN_TREE_CLONE = 1
OPEN_TREE_CLOEXEC = os.O_CLOEXEC
MOVE_MOUNT_F_EMPTY_PATH = 4
MOUNT_ATTR_RDONLY = 1
MOUNT_ATTR_NOSUID = 2
MOUNT_ATTR_NODEV = 4

# These numbers are the same on every architecture, because they are newer than 2019; pivot_root is not.
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
_CLOSE_RANGE = 436
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_SETUID = 1 << 7
_PR_SET_KEEPCAPS = 8


class _FilterProgram(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def syscall(number: int, *arguments: int | bytes | None) -> int:
    """A raw system call; bytes are passed as a pointer to them."""
    result = _libc.syscall(ctypes.c_long(number), *[_word(argument) for argument in arguments])
    return _checked(result, f"system call {number}")


def unshare(flags: int) -> None:
    """Move this process into new namespaces; with CLONE_NEWPID, its next children."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """mount(2)."""
    words = [_text(source), _text(target), _text(kind), ctypes.c_ulong(flags), _text(options or None)]
    _checked(_libc.mount(*words), f"mount {target}")


def unmount(path: str) -> None:
    """Take off what is mounted at `path`, now or when it is not used any more."""
    _checked(_libc.umount2(_text(path), ctypes.c_int(MNT_DETACH)), f"umount {path}")


def copy_mount(path: str) -> int:
    """A detached copy of the mounts at and under `path`, as a descriptor."""
    recursive = AT_RECURSIVE if os.path.isdir(path) else 0
    return syscall(_OPEN_TREE, AT_FDCWD, os.fsencode(path), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive)


def attach_mount(copy: int, path: str) -> None:
    """Mount what `copy_mount` gave at `path`."""
    syscall(_MOVE_MOUNT, copy, b"", AT_FDCWD, os.fsencode(path), MOVE_MOUNT_F_EMPTY_PATH)


def restrict_mount(path: str, attributes: int, *, recursive: bool = True) -> None:
    """Set mount attributes, such as read-only, on the mount at `path` and those under it."""
    flags = AT_RECURSIVE if recursive else 0
    attribute = struct.pack("=QQQQ", attributes, 0, 0, 0)
    syscall(_MOUNT_SETATTR, AT_FDCWD, os.fsencode(path), flags, attribute, len(attribute))


def enter_root(path: str) -> None:
    """Make the mount at `path` the root and let go of the old one."""
    os.chdir(path)
    syscall(_PIVOT_ROOT[os.uname().machine], b".", b".")
    unmount(".")
    os.chdir("/")


def set_host_name(name: str) -> None:
    """The host name in this UTS namespace."""
    raw = name.encode()
    _checked(_libc.sethostname(raw, ctypes.c_size_t(len(raw))), "sethostname")


def prctl(option: int, first: int = 0, second: int = 0) -> None:
    """prctl(2) with integer arguments."""
    words = [ctypes.c_ulong(word) for word in (first, second, 0, 0)]
    _checked(_libc.prctl(ctypes.c_int(option), *words), f"prctl {option}")


def install_filter(program: bytes) -> None:
    """Install a seccomp program (an array of struct sock_filter) for this thread and what it starts."""
    pointer = ctypes.byref(_FilterProgram(len(program) // 8, program))
    _checked(
        _libc.prctl(ctypes.c_int(PR_SET_SECCOMP), ctypes.c_ulong(SECCOMP_MODE_FILTER), pointer, 0, 0), "seccomp filter"
    )


def keep_only(capabilities: int) -> None:
    """Give up all capabilities of this process but these (bits), and those it does not have."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = ctypes.create_string_buffer(24)
    _checked(_libc.capget(ctypes.c_char_p(header), data), "capget")
    _, permitted, *_ = struct.unpack("=6I", data.raw)
    _set_capabilities(capabilities & permitted)


def drop_capabilities() -> None:
    """Give up every capability of this process, for good."""
    _set_capabilities(0)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)


def empty_bounding_set() -> None:
    """No program started from here gets a capability, whatever its file says. Needs CAP_SETPCAP, else does nothing."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # past the last one, or not allowed to: no-new-privileges covers that too
            return


def close_from(first: int) -> None:
    """Close every descriptor from `first` on."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a kernel before 5.9
            syscall(_CLOSE_RANGE, first, 0xFFFFFFFF, 0)
            return
    os.closerange(first, 4096)


def keep_capabilities() -> None:
    """Let the next change of user keep what may be switched on again."""
    prctl(_PR_SET_KEEPCAPS, 1)


def set_file_user(user: int) -> None:
    """The user that file access is checked for; for an ordinary user that was root and kept its capabilities."""
    _set_capabilities(_CAP_SETUID)
    _libc.setfsuid(ctypes.c_uint(user))
    if _libc.setfsuid(ctypes.c_uint(0xFFFFFFFF)) != user:  # it never fails, and tells who it was before
        raise OSError(f"files cannot be used as user {user}")


def _set_capabilities(capabilities: int) -> None:
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("=6I", capabilities, capabilities, 0, 0, 0, 0)
    _checked(_libc.capset(ctypes.c_char_p(header), ctypes.c_char_p(data)), "capset")


def _word(argument: int | bytes | None) -> Any:
    return ctypes.c_long(argument) if isinstance(argument, int) else ctypes.c_char_p(argument)


def _text(value: str | None) -> Any:
    return ctypes.c_char_p(None if value is None else os.fsencode(value))


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result
