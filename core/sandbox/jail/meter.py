"""What one program uses: processor time, and where the kernel keeps no count, memory and the work folder."""

import os
import resource
import time

from . import folder as work
from . import seatbelt
from .config import JailConfig

_CPU_CLOCK = 2  # the process clock, in the kernel's encoding of a clock and a process in one number
_LOOK_SECONDS = 0.1
_GLANCE_SECONDS = 0.02  # at the whole disk, which is quick
_GLANCES_PER_LOOK = 5  # at the work folder, which is not


class Meter:
    """Measures the process with this id. `start` comes before each cell."""

    def __init__(self, config: JailConfig, folder: str, process: int) -> None:
        self._config = config
        self._folder = folder
        self._process = process
        self._measures_folder = config.mode != "full"  # there, the folder is a file system with limits of its own
        self._ended = False
        self._cpu_limit = 0.0
        self._glances = 0
        self._disk_before = (0, 0)  # free blocks, free inodes

    def start(self, cpu_seconds: float) -> float:
        """Allow so much more processor time. Returns the limit for all cells together."""
        self._cpu_limit = self._cpu_used() + cpu_seconds
        if self._measures_folder:
            disk = os.statvfs(self._folder)
            self._disk_before = (disk.f_bfree, disk.f_ffree)
        return self._cpu_limit

    def ended(self) -> None:
        """The process has been waited for."""
        self._ended = True

    def pause(self) -> float:
        """How long nothing can go wrong unseen: no program uses more processor time than there are processors."""
        if self._measures_folder:
            return _GLANCE_SECONDS
        return max(_LOOK_SECONDS, (self._cpu_limit - self._cpu_used()) / (os.cpu_count() or 1))

    def excess(self) -> str | None:
        """What there is too much of, while the program runs: timeout, folder, memory."""
        if self.cpu_is_exceeded():
            return "timeout"
        self._glances += 1
        due = self._glances % _GLANCES_PER_LOOK == 0
        if self._measures_folder and (due or self._disk_is_shrinking()) and self.folder_is_full():
            return "folder"
        if self._config.mode == "seatbelt" and seatbelt.resident_bytes(self._process) > self._config.memory:
            return "memory"
        return None

    def cpu_is_exceeded(self) -> bool:
        """Has it used more processor time than was allowed?"""
        return self._cpu_used() >= self._cpu_limit

    def folder_is_full(self) -> bool:
        """Is there more in the work folder than may be? Always False where the kernel sees to it."""
        if not self._measures_folder:
            return False
        size, entries = work.usage(self._folder, self._config.inodes, self._process)
        return size > self._config.work or entries > self._config.inodes

    def _disk_is_shrinking(self) -> bool:
        """Has the whole file system lost as much as the work folder may take? Then it is time for a close look."""
        now = os.statvfs(self._folder)
        blocks, inodes = self._disk_before
        lost = (blocks - now.f_bfree) * now.f_frsize
        return lost > self._config.work or inodes - now.f_ffree > self._config.inodes

    def _cpu_used(self) -> float:
        if self._ended:
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            return usage.ru_utime + usage.ru_stime
        try:
            return time.clock_gettime((~self._process << 3) | _CPU_CLOCK)
        except OSError:  # not Linux
            return 0.0
