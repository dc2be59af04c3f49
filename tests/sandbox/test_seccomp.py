"""The filter, run by an interpreter of its own: what it says to every number, and to the arguments it looks at."""

import ctypes
import ctypes.util
import errno
import struct

import pytest

from core.sandbox.jail.seccomp import ALLOW, AUDIT_ARCHITECTURE, KILL, NOT_SEEN_BY_LANDLOCK, build_filter
from core.sandbox.jail.syscalls import ARCHITECTURES, allowed, unreadable

DENY = 0x00050000 | errno.EPERM
MISSING = 0x00050000 | errno.ENOSYS
PID = 4242
OTHERS = {"x86_64": "aarch64", "aarch64": "x86_64"}


def answer(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the kernel would do: classic BPF over struct seccomp_data."""
    words = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<iIQ6Q", number if number < 2**31 else number - 2**32, architecture, 0, *words)
    instructions = list(struct.iter_unpack("=HBBI", program))
    accumulator = position = 0
    while True:
        code, if_true, if_false, value = instructions[position]
        position += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x54:
            accumulator &= value
        elif code == 0x05:
            position += value
        elif code == 0x06:
            return int(value)
        else:
            tests = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}
            position += if_true if tests[code] else if_false


@pytest.fixture(params=ARCHITECTURES)
def architecture(request: pytest.FixtureRequest) -> str:
    """Both, wherever the tests run."""
    return str(request.param)


def test_every_number_is_answered_as_its_table_says(architecture: str):
    program, native = build_filter(architecture, PID), AUDIT_ARCHITECTURE[architecture]
    known = {number: name for name, number in allowed(architecture).items()}
    missing = set(unreadable(architecture).values())
    looked_at = {
        "clone",
        "kill",
        "tgkill",
        "tkill",
        "prlimit64",
        "prctl",
        "ioctl",
        "fcntl",
        "socketpair",
        "sendto",
        "recvfrom",
    }
    for number in range(1100):
        expected = ALLOW if number in known else MISSING if number in missing else DENY
        if known.get(number) not in looked_at:
            assert answer(program, native, number) == expected, known.get(number, number)


def test_another_abi_is_killed(architecture: str):
    program = build_filter(architecture, PID)
    for other in (AUDIT_ARCHITECTURE[OTHERS[architecture]], 0x40000003, 0xC0000015, 0):
        assert answer(program, other, allowed(architecture)["read"]) == KILL
    native = AUDIT_ARCHITECTURE[architecture]
    assert answer(program, native, 0x40000000 | allowed(architecture)["read"]) == KILL
    assert answer(program, native, 0xFFFFFFFF) == KILL


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", (0x3D0F00,), ALLOW),  # what the C library starts threads with
        ("clone", (17,), DENY),
        ("clone", (0x4111,), DENY),
        ("clone", (0x3D0F00 | 0x10000000,), DENY),
        ("clone", (0x3D0F00 | 0x80,), DENY),
        ("kill", (PID, 15), ALLOW),
        ("kill", (PID, 9), KILL),
        ("kill", (1, 15), DENY),
        ("kill", (0, 15), DENY),
        ("kill", (2**32 - 1, 9), DENY),
        ("kill", (2**64 - 1, 9), DENY),
        ("tgkill", (PID, 5, 15), ALLOW),
        ("tgkill", (PID, 5, 9), KILL),
        ("tgkill", (PID + 1, 5, 15), DENY),
        ("tkill", (PID, 15), ALLOW),
        ("tkill", (PID + 1, 15), DENY),
        ("prlimit64", (0, 7), ALLOW),
        ("prlimit64", (PID, 7), ALLOW),
        ("prlimit64", (1, 7), DENY),
        ("prctl", (15,), ALLOW),
        ("prctl", (1, 0), DENY),
        ("prctl", (4, 1), DENY),
        ("prctl", (22, 2), DENY),
        ("prctl", (38, 0), DENY),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x541B), ALLOW),
        ("ioctl", (0, 0x5412), DENY),
        ("ioctl", (0, 0x1_0000_5412), DENY),
        ("ioctl", (0, 0x1_0000_5401), ALLOW),  # the kernel cuts it in the same way
        ("fcntl", (0, 1), ALLOW),
        ("fcntl", (0, 1031), DENY),
        ("fcntl", (0, 8), DENY),
        ("fcntl", (0, 1024), DENY),
        ("sendto", (4, 0, 5, 0, 0, 0), ALLOW),
        ("sendto", (4, 0, 5, 0x4040, 0, 0), ALLOW),
        ("sendto", (4, 0, 5, 1, 0, 0), DENY),  # MSG_OOB
        ("sendto", (4, 0, 5, 0, 0x1000, 16), DENY),
        ("sendto", (4, 0, 5, 0, 1 << 40, 16), DENY),
        ("recvfrom", (4, 0, 5, 0x102, 0x1000, 0), ALLOW),
        ("recvfrom", (4, 0, 5, 1), DENY),
        ("recvfrom", (4, 0, 5, 0x2000), DENY),  # MSG_ERRQUEUE
        ("socketpair", (1, 1), ALLOW),
        ("socketpair", (1, 1 | 0o2000000), ALLOW),
        ("socketpair", (1, 2), DENY),
        ("socketpair", (1, 5), DENY),
        ("socketpair", (2, 1), DENY),
    ],
)
def test_arguments_decide(architecture: str, name: str, arguments: tuple[int, ...], expected: int):
    program, native = build_filter(architecture, PID), AUDIT_ARCHITECTURE[architecture]
    assert answer(program, native, allowed(architecture)[name], *arguments) == expected


def test_where_the_host_is_in_sight_attributes_are_denied(architecture: str):
    program, native = build_filter(architecture, PID, whole_host=True), AUDIT_ARCHITECTURE[architecture]
    for name, number in allowed(architecture).items():
        if name in NOT_SEEN_BY_LANDLOCK:
            assert answer(program, native, number) == DENY
    assert answer(program, native, allowed(architecture)["openat"]) == ALLOW


@pytest.mark.parametrize(
    "name",
    [
        "execve",
        "execveat",
        "fork",
        "vfork",
        "socket",
        "connect",
        "bind",
        "ptrace",
        "mount",
        "unshare",
        "setns",
        "bpf",
        "io_uring_setup",
        "memfd_create",
        "shmget",
        "keyctl",
        "process_vm_readv",
        "perf_event_open",
        "userfaultfd",
        "open_by_handle_at",
        "mknodat",
        "setxattr",
        "fchownat",
        "personality",
        "seccomp",
        "landlock_create_ruleset",
        "pidfd_open",
        "inotify_init1",
        "sync",
    ],
)
def test_what_must_never_be_allowed_is_in_no_table(name: str):
    assert all(name not in allowed(architecture) for architecture in ARCHITECTURES)


def test_a_filter_is_short_enough_and_made_quickly(architecture: str):
    assert len(build_filter(architecture, PID)) // 8 < 4096


@pytest.mark.skipif(ctypes.util.find_library("seccomp") is None, reason="needs libseccomp, to compare with")
def test_the_numbers_are_those_of_libseccomp(architecture: str):
    library = ctypes.CDLL(ctypes.util.find_library("seccomp"))
    resolve = library.seccomp_syscall_resolve_name_arch
    resolve.argtypes, resolve.restype = [ctypes.c_uint32, ctypes.c_char_p], ctypes.c_int
    names = {**allowed(architecture), **unreadable(architecture)}
    assert {name: resolve(AUDIT_ARCHITECTURE[architecture], name.encode()) for name in names} == names
    other = {**allowed(OTHERS[architecture]), **unreadable(OTHERS[architecture])}
    for name in set(other) - set(names):  # left out because there is no such call here
        assert resolve(AUDIT_ARCHITECTURE[architecture], name.encode()) < 0, name


def test_an_architecture_without_a_table_is_refused():
    with pytest.raises(KeyError):
        build_filter("riscv64", PID)
