"""Notes on the report page when a program tries what cannot work here: network, other programs, the keyboard.

Python itself tells through an audit hook; nothing is guessed from text. The hook blocks nothing: the kernel does.
"""

import sys
from types import FrameType
from typing import Any

from .report import KEYBOARD, NETWORK, PROCESS, ReportPage

_EVENTS = {
    "builtins.input": KEYBOARD,
    "os.exec": PROCESS,
    "os.fork": PROCESS,
    "os.forkpty": PROCESS,
    "os.posix_spawn": PROCESS,
    "os.spawn": PROCESS,
    "os.system": PROCESS,
    "pty.spawn": PROCESS,
    "subprocess.Popen": PROCESS,
    "socket.__new__": NETWORK,
    "socket.bind": NETWORK,
    "socket.connect": NETWORK,
    "socket.getaddrinfo": NETWORK,
    "socket.gethostbyaddr": NETWORK,
    "socket.gethostbyname": NETWORK,
    "socket.getnameinfo": NETWORK,
    "socket.sendmsg": NETWORK,
    "socket.sendto": NETWORK,
}
# Modules that try on their own to start programs, and go on without: nobody asked for it.
_QUIET = frozenset({"platform", "uuid", "ctypes.util", "sysconfig"})
_PROCESS_MODULES = ("subprocess", "multiprocessing", "concurrent.futures.process", "asyncio.subprocess")
_LOCAL_FAMILY = 1  # AF_UNIX, which the event loop of asyncio uses inside of the process
_FRAMES_LOOKED_AT = 30


_pages: list[ReportPage] = []


def write_to(page: ReportPage) -> None:
    """In a program: notices go to this page. Before that there are none."""
    _pages[:] = [page]


def watch() -> None:
    """Install the hook, once, for the life of this process and its children."""
    events, frame_of, pages = _EVENTS, sys._getframe, _pages

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        flag = events.get(event)
        if flag is None or not pages:
            return
        if event == "socket.__new__" and len(arguments) > 1 and int(arguments[1]) == _LOCAL_FAMILY:
            return
        frame: FrameType | None = frame_of(1)
        depth = 0
        while frame is not None and depth < _FRAMES_LOOKED_AT:
            if frame.f_globals.get("__name__") in _QUIET:
                return
            frame, depth = frame.f_back, depth + 1
        pages[0].note(flag)

    sys.addaudithook(hook)


def came_from_processes(error: BaseException) -> bool:
    """Was it raised in a library that starts processes, some of which do not tell the hook?"""
    trace = error.__traceback__
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).startswith(_PROCESS_MODULES):
            return isinstance(error, OSError)
        trace = trace.tb_next
    return False
