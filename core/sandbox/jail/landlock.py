"""Landlock: the files a process and its threads can ever open, whatever is mounted and whoever they are."""

import os
import stat
import struct
import sys
from collections.abc import Iterable
from functools import lru_cache

from . import kernel

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
MAKE_CHAR = 1 << 6
MAKE_SOCK = 1 << 9
MAKE_FIFO = 1 << 10
MAKE_BLOCK = 1 << 11
TRUNCATE = 1 << 14
IOCTL_DEV = 1 << 15

READ = READ_FILE | READ_DIR
DEVICE = READ_FILE | WRITE_FILE
_ONLY_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV  # rights that a rule on a file may name
_NOT_IN_A_WORK_FOLDER = EXECUTE | MAKE_CHAR | MAKE_SOCK | MAKE_FIFO | MAKE_BLOCK | IOCTL_DEV
_RULE_PATH_BENEATH = 1
_ASK_VERSION = 1
_NET_BIND_AND_CONNECT = 3
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2
_RIGHTS_OF_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}


@lru_cache(maxsize=1)
def version() -> int:
    """The kernel's Landlock version, 0 where it is missing or switched off."""
    if sys.platform != "linux":  # there, the call with this number is another one
        return 0
    try:
        return kernel.syscall(kernel.LANDLOCK_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def open_ruleset(*, may_signal: bool = False) -> int:
    """A ruleset that denies everything this kernel knows to deny, as a descriptor. OSError where there is none."""
    known = version()
    if not known:
        raise OSError("Landlock is not available")
    network = _NET_BIND_AND_CONNECT if known >= 4 else 0
    scope = _SCOPE_ABSTRACT_SOCKETS | (0 if may_signal else _SCOPE_SIGNALS) if known >= 6 else 0
    attribute = struct.pack("=QQQ", _all_rights(known), network, scope)
    size = 8 if known < 4 else 16 if known < 6 else 24
    return kernel.syscall(kernel.LANDLOCK_CREATE_RULESET, attribute[:size], size, 0)


def allow(ruleset: int, path: str, rights: int) -> None:
    """Allow `rights` on the file, or on everything beneath the folder, at `path`."""
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _ONLY_FILES
        rule = struct.pack("=QI", rights & _all_rights(version()), handle)
        kernel.syscall(kernel.LANDLOCK_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(handle)


def allow_all(ruleset: int, paths: Iterable[str], rights: int) -> None:
    """`allow` for each path that exists."""
    for path in paths:
        if os.path.exists(path):
            allow(ruleset, path, rights)


def allow_work(ruleset: int, folder: str) -> None:
    """Everything but execution, devices, sockets and pipes with names, beneath `folder`."""
    allow(ruleset, folder, _all_rights(version()) & ~_NOT_IN_A_WORK_FOLDER)


def enforce(ruleset: int) -> None:
    """From now on, for good. Needs no-new-privileges."""
    kernel.syscall(kernel.LANDLOCK_RESTRICT_SELF, ruleset, 0)


def _all_rights(known: int) -> int:
    return (1 << _RIGHTS_OF_VERSION.get(known, 16)) - 1
