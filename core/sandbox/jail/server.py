"""The fork server: builds the jail once, imports once, and forks a supervisor with a program for each request."""

import contextlib
import gc
import importlib
import io
import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import figures, kernel, landlock, places
from .config import JailConfig
from .frames import packed, reason
from .lockdown import Interpreter
from .supervisor import Supervisor
from .syscalls import ARCHITECTURES

SPAWN = b"spawn"
_DESCRIPTORS = 2  # the line to the bot, the write end of the output pipe


def main(descriptor: int, parent: int) -> NoReturn:
    """Serve the bot, process `parent`, over the socket `descriptor` until it closes.

    The configuration comes on standard input.
    """
    bot = socket.socket(fileno=descriptor)
    try:
        _end_with_the_bot(True)
        if os.getppid() != parent:  # it has died before it could take us with it
            os._exit(1)
        _work(bot)
    except BaseException as error:
        bot.sendall(json.dumps({"problem": reason(error)}).encode()[:8000])
        os._exit(1)
    os._exit(0)


def _work(bot: socket.socket) -> None:
    os.umask(0o022)
    _be_sacrificed_first()
    config = JailConfig.from_json(sys.stdin.read())
    if config.mode in ("full", "lite") and os.uname().machine not in ARCHITECTURES:
        raise OSError(f"there is no table of system calls for {os.uname().machine}")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    site = places.open_site(config)
    sys.path[:] = [*config.search, *site.package_folders()]
    with site.scratch() as folder:
        os.environ.update(HOME=folder, TMPDIR=folder, MPLCONFIGDIR=folder)
        loaded, failed = _preload(config.preload)
    interpreter = Interpreter(config)
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    gc.collect()
    gc.freeze()  # the collector of a child must not touch, and thereby copy, what is shared
    _end_with_the_bot(False)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to wait for the supervisors
    answer = {"landlock": landlock.version(), "folder": site.host_folder, "loaded": loaded, "failed": failed}
    bot.sendall(json.dumps(answer).encode())
    _serve(bot, config, site, interpreter)
    site.close()


def _serve(bot: socket.socket, config: JailConfig, site: places.Site, interpreter: Interpreter) -> None:
    number = 0
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(bot, len(SPAWN), _DESCRIPTORS)
        except InterruptedError:
            continue
        if not message:
            return
        number += 1
        site.tidy()
        if os.fork() == 0:
            bot.close()
            control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=descriptors[0])
            _supervise(config, site, number, interpreter, control, descriptors[1])
        for descriptor in descriptors:
            os.close(descriptor)


def _supervise(
    config: JailConfig,
    site: places.Site,
    number: int,
    interpreter: Interpreter,
    control: socket.socket,
    output: int,
) -> NoReturn:
    """In the new process: a place, a program in it, and at the end nothing left."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    place = None
    try:
        place = site.open(number)
        supervisor = Supervisor(config, place, interpreter, control, output)
        site.restrict_supervisor()
        supervisor.serve()
    except BaseException as error:
        with contextlib.suppress(OSError):  # the bot has gone
            control.sendall(packed({"problem": reason(error)}))
    finally:
        if place is not None:
            site.leave(place)
        os._exit(0)


def _preload(modules: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Import what programs will want. What cannot be imported is told and does no harm."""
    figures.offer()
    loaded, failed = [], {}
    for name in modules:
        try:
            importlib.import_module(name)
            loaded.append(name)
        except BaseException as error:
            failed[name] = f"{type(error).__name__}: {error}"
    try:
        _draw_once()
    except BaseException as error:
        failed["matplotlib.pyplot"] = f"{type(error).__name__}: {error}"
    return loaded, failed


def _draw_once() -> None:
    """Fonts and renderer are loaded with the first figure."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.plot([0, 1])
        pyplot.title("a")
        pyplot.savefig(io.BytesIO())
        pyplot.close("all")


def _be_sacrificed_first() -> None:
    """When the host is out of memory, the kernel shall end programs, not the bot."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _end_with_the_bot(at_once: bool) -> None:
    """While we import we cannot see the socket close. Later we must not depend on the thread that started us."""
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL if at_once else 0)
