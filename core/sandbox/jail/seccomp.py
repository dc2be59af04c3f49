"""The seccomp filter: an allow-list of system calls, with a look at the arguments where the number is not enough.

A filter is an array of struct sock_filter in classic BPF. The calls are found by binary search, because the kernel
tries the filter for every number once when it is installed, and that cost is paid by each program.
"""

import errno
import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache

from .syscalls import allowed, unreadable

AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000  # system calls of the x32 ABI carry it and would otherwise slip past the numbers

LOAD, EQUAL, AT_LEAST, MASKED, RETURN, AND, JUMP = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54, 0x05
ALLOW, KILL = 0x7FFF0000, 0x80000000
DENY = 0x00050000 | errno.EPERM
MISSING = 0x00050000 | errno.ENOSYS

_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_CLONE_THREAD = 0x00010000
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWTIME
_CLONE_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x80
_SIGKILL = 9
_SEND_FLAGS = 0x40 | 0x4000  # MSG_DONTWAIT, MSG_NOSIGNAL
_RECEIVE_FLAGS = 0x2 | 0x20 | 0x40 | 0x100  # MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_BITS = 1, 1, 0xF
# F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY send signals; F_SETPIPE_SZ takes kernel memory
_FCNTL_DENIED = (8, 10, 15, 1024, 1026, 1031)
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: no TIOCSTI, no block or network device requests
_IOCTL_ALLOWED = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_SET_VMA
_PRCTL_ALLOWED = (3, 15, 16, 0x53564D41)
# They change a file by its path alone, without opening it; Landlock knows truncation only since Linux 6.2.
NOT_SEEN_BY_LANDLOCK = frozenset(
    {
        "chmod",
        "fchmod",
        "fchmodat",
        "fchmodat2",
        "futimesat",
        "truncate",
        "utime",
        "utimensat",
        "utimes",
    }
)

Instruction = tuple[int, int, int, int]


@lru_cache(maxsize=4)
def build_filter(architecture: str, process: int, *, whole_host: bool = False) -> bytes:
    """The filter for the process with this id, the only one it may signal. KeyError for an unknown architecture.

    With `whole_host`, the process can name every file of the host: what Landlock leaves open is denied then, too.
    """
    numbers = allowed(architecture)
    if whole_host:
        numbers = {name: number for name, number in numbers.items() if name not in NOT_SEEN_BY_LANDLOCK}
    answers: dict[int, Sequence[Instruction]] = {number: [_return(ALLOW)] for number in numbers.values()}
    answers |= {number: [_return(MISSING)] for number in unreadable(architecture).values()}
    answers |= {numbers[name]: body for name, body in _looks_at_arguments(process).items()}
    program = [
        _load(_ARCHITECTURE),
        (EQUAL, 1, 0, AUDIT_ARCHITECTURE[architecture]),
        _return(KILL),
        _load(_NUMBER),
        (AT_LEAST, 0, 1, _X32_BIT),
        _return(KILL),
        *_search(sorted(answers), answers),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _looks_at_arguments(process: int) -> dict[str, list[Instruction]]:
    """What decides for calls that are neither allowed nor denied as a whole."""
    own_process = [_load(_argument(0)), (EQUAL, 1, 0, process), _return(DENY)]
    not_kill = [(EQUAL, 0, 1, _SIGKILL), _return(KILL), _return(ALLOW)]
    return {
        # Threads, no processes; and no namespaces, which open much of the kernel to an ordinary user.
        "clone": [
            _load(_argument(0)),
            (MASKED, 0, 1, _CLONE_NAMESPACES),
            _return(DENY),
            (MASKED, 1, 0, _CLONE_THREAD),
            _return(DENY),
            _return(ALLOW),
        ],
        # The first process of a pid namespace ignores its own SIGKILL, so the filter carries it out.
        "kill": [*own_process, _load(_argument(1)), *not_kill],
        "tgkill": [*own_process, _load(_argument(2)), *not_kill],
        "tkill": [*own_process, _load(_argument(1)), *not_kill],
        "prlimit64": _one_of(0, (0, process)),
        "prctl": _one_of(0, _PRCTL_ALLOWED),
        "ioctl": _one_of(1, _IOCTL_ALLOWED),
        "fcntl": _none_of(1, _FCNTL_DENIED),
        # Between the two ends of a pair there are no addresses; urgent data and the error queue have had holes.
        "sendto": [*_is_zero(4), *_only_bits(3, _SEND_FLAGS)],
        "recvfrom": _only_bits(3, _RECEIVE_FLAGS),
        # Datagram sockets could reach named sockets of the host with sendto.
        "socketpair": [
            _load(_argument(0)),
            (EQUAL, 1, 0, _AF_UNIX),
            _return(DENY),
            _load(_argument(1)),
            (AND, 0, 0, _SOCK_TYPE_BITS),
            (EQUAL, 1, 0, _SOCK_STREAM),
            _return(DENY),
            _return(ALLOW),
        ],
    }


def _search(numbers: Sequence[int], answers: Mapping[int, Sequence[Instruction]]) -> list[Instruction]:
    """Binary search for the number that is loaded; one that is not among them is denied."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) == 1:
        return [(EQUAL, 1, 0, first), _return(DENY), *answers[first]]
    if last - first == len(numbers) - 1 and all(answers[number] == answers[first] for number in numbers):
        return [(AT_LEAST, 1, 0, first), _return(DENY), (AT_LEAST, 0, 1, last + 1), _return(DENY), *answers[first]]
    middle = len(numbers) // 2
    lower, upper = _search(numbers[:middle], answers), _search(numbers[middle:], answers)
    return [(AT_LEAST, 0, 1, numbers[middle]), (JUMP, 0, 0, len(lower)), *lower, *upper]


def _is_zero(argument: int) -> list[Instruction]:
    """Goes on behind itself if both halves of the argument are 0, else denies."""
    halves = [_argument(argument), _argument(argument) + 4]
    return [instruction for half in halves for instruction in (_load(half), (EQUAL, 1, 0, 0), _return(DENY))]


def _only_bits(argument: int, bits: int) -> list[Instruction]:
    return [_load(_argument(argument)), (MASKED, 0, 1, ~bits & 0xFFFFFFFF), _return(DENY), _return(ALLOW)]


def _one_of(argument: int, values: Sequence[int]) -> list[Instruction]:
    tests: list[Instruction] = [(EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)]
    return [_load(_argument(argument)), *tests, _return(DENY), _return(ALLOW)]


def _none_of(argument: int, values: Sequence[int]) -> list[Instruction]:
    tests: list[Instruction] = [(EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)]
    return [_load(_argument(argument)), *tests, _return(ALLOW), _return(DENY)]


def _argument(index: int) -> int:
    """The offset of an argument's lower half on a little-endian machine; the kernel reads no more of these."""
    return 16 + 8 * index


def _load(offset: int) -> Instruction:
    return (LOAD, 0, 0, offset)


def _return(answer: int) -> Instruction:
    return (RETURN, 0, 0, answer)
