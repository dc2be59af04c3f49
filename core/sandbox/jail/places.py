"""Where programs run: in a private root of their own (full mode) or in a folder of the host (the other modes)."""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from typing import Protocol

from . import folder as work
from . import kernel, landlock, root
from .config import JailConfig
from .lockdown import Place

# Users that no distribution gives away; the second range is for containers that know few users.
_USER_RANGES = ((1_900_000_000, 50_000), (61_184, 4_000))
_CHANGE_USERS = 1 << 0 | 1 << 6 | 1 << 7  # CAP_CHOWN, CAP_SETGID, CAP_SETUID
# What a supervisor keeps if it is root: CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL; in lite mode CAP_SYS_PTRACE
_TO_LOOK_AFTER = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 5
_TO_SEE_OPEN_FILES = 1 << 19
_SHARED_MEMORY = "/dev/shm"
_FOLDERS = (_SHARED_MEMORY, "/tmp", "/var/tmp") if sys.platform == "linux" else ()
_PREFIX = "codeact-sandbox-"
_WORK = "work-"  # and the process id of its supervisor


class Site(Protocol):
    """The two kinds of places have this in common. All methods run in trusted processes."""

    @property
    def host_folder(self) -> str | None:
        """Where on the host the work folders are; None if they are not on the host."""

    def package_folders(self) -> list[str]:
        """What belongs on sys.path beside the standard library."""

    def scratch(self) -> contextlib.AbstractContextManager[str]:
        """A folder to write to while packages are imported."""

    def open(self, number: int) -> Place:
        """In a supervisor: the place of the program with this running number."""

    def restrict_supervisor(self) -> None:
        """In a supervisor, once its program is on its way: give up what is not needed to look after it."""

    def leave(self, place: Place) -> None:
        """In a supervisor: the program has ended, remove what is left."""

    def tidy(self) -> None:
        """In the fork server, now and then: remove what a supervisor that was killed has left."""

    def close(self) -> None:
        """In the fork server: the bot has gone."""


def open_site(config: JailConfig) -> Site:
    """The kind of place that the mode asks for. OSError where the kernel refuses it."""
    return _PrivateRoots(config) if config.mode == "full" else _HostFolders(config)


class _PrivateRoots:
    def __init__(self, config: JailConfig) -> None:
        self._config = config
        kernel.empty_bounding_set()
        self._users = _own_users()
        self._as_root = self._users is not None and not all(_is_public(path) for path in config.paths)
        root.enter(config)
        self._ruleset = root.ruleset(config)
        self._supervisor_rules = landlock.open_ruleset(may_signal=True)
        landlock.allow_work(self._supervisor_rules, root.HOMES)

    @property
    def host_folder(self) -> str | None:
        return None

    def package_folders(self) -> list[str]:
        return list(dict.fromkeys(map(os.path.dirname, self._config.packages)))

    @contextlib.contextmanager
    def scratch(self) -> Iterator[str]:
        kernel.mount("scratch", root.HOME, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=32m,mode=700")
        try:
            yield root.HOME
        finally:
            kernel.unmount(root.HOME)

    def open(self, number: int) -> Place:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWPID)
        user = _user(self._users, number)
        owner = os.geteuid() if user is None or self._as_root else user
        root.mount_work_folder(self._config.work, self._config.inodes, owner)
        return Place(root.HOME, user, self._as_root, self._ruleset)

    def restrict_supervisor(self) -> None:
        kernel.keep_only(_TO_LOOK_AFTER)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        landlock.enforce(self._supervisor_rules)

    def leave(self, place: Place) -> None:
        """The mounts go with the last process of their namespace."""

    def tidy(self) -> None:
        """So there is never anything left."""

    def close(self) -> None:
        """The same holds for the root."""


class _HostFolders:
    """Folders in a base folder that is locked as long as its fork server lives, so that stale ones can be told."""

    def __init__(self, config: JailConfig) -> None:
        self._config = config
        self._users = _own_users() if config.mode == "lite" else None
        self._as_root = self._users is not None and not all(_is_public(path, ancestors=True) for path in config.paths)
        self._readable = [entry for path in config.paths for entry in _without(path, config.covered)]
        parent = _parent_folder(config.work)
        for folder in dict.fromkeys((*_FOLDERS, tempfile.gettempdir())):
            _sweep(folder)
        unnamed = tempfile.mkdtemp(prefix="codeact-", dir=parent)
        os.chmod(unnamed, 0o711)  # programs with users of their own pass through it
        self._lock = os.open(unnamed, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._base = os.path.join(parent, _PREFIX + os.path.basename(unnamed).removeprefix("codeact-"))
        os.rename(unnamed, self._base)  # only now that it is locked may another one look at it
        self._packages = self._link_packages()

    @property
    def host_folder(self) -> str | None:
        return self._base

    def package_folders(self) -> list[str]:
        return [self._packages]

    @contextlib.contextmanager
    def scratch(self) -> Iterator[str]:
        folder = tempfile.mkdtemp(dir=self._base)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def open(self, number: int) -> Place:
        folder = os.path.realpath(tempfile.mkdtemp(prefix=f"{_WORK}{os.getpid()}-", dir=self._base))
        try:
            return self._prepared(folder, _user(self._users, number))
        except BaseException:  # such as: the fork server is going
            self._remove(folder)
            raise

    def restrict_supervisor(self) -> None:
        if self._config.mode == "lite":
            kernel.keep_only(_TO_LOOK_AFTER | _TO_SEE_OPEN_FILES)
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)

    def leave(self, place: Place) -> None:
        self._remove(place.folder)

    def tidy(self) -> None:
        for name in os.listdir(self._base):
            if name.startswith(_WORK) and not os.path.exists(f"/proc/{name.split('-')[1]}"):
                self._remove(os.path.join(self._base, name))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.tidy()
            work.remove(self._packages)
            os.rmdir(self._base)  # a supervisor that still cleans up does it later

    def _prepared(self, folder: str, user: int | None) -> Place:
        if user is not None and not self._as_root:
            os.chown(folder, user, user)
        rules = self._ruleset(folder) if self._config.mode == "lite" else None
        return Place(folder, user, self._as_root, rules, 0 if user is not None else _threads_of(os.geteuid()))

    def _remove(self, folder: str) -> None:
        with contextlib.suppress(OSError):
            work.remove(folder)
            if not os.path.exists(self._packages):  # the fork server is going; the last one of us succeeds
                os.rmdir(self._base)

    def _link_packages(self) -> str:
        """A folder with links to the chosen packages: the one they are installed in has others."""
        folder = os.path.join(self._base, "packages")
        os.mkdir(folder, 0o755)
        for path in self._config.packages:
            with contextlib.suppress(FileExistsError):  # the first folder of the search path wins
                os.symlink(path, os.path.join(folder, os.path.basename(path)))
        return folder

    def _ruleset(self, folder: str) -> int:
        rules = landlock.open_ruleset()
        landlock.allow_all(rules, self._readable, landlock.READ)
        landlock.allow_all(rules, filter(os.path.isdir, self._config.paths), landlock.READ_DIR)
        landlock.allow(rules, self._packages, landlock.READ)
        landlock.allow_all(rules, root.DEVICES, landlock.DEVICE)
        landlock.allow_work(rules, folder)
        return rules


def _without(path: str, covered: tuple[str, ...]) -> list[str]:
    """The path itself, or what is directly in it but not covered: Landlock can only add."""
    if not any(hidden.startswith(f"{path}/") for hidden in covered):
        return [path]
    return [entry.path for entry in os.scandir(path) if entry.path not in covered]


def _parent_folder(work_bytes: int) -> str:
    """Where nothing can be executed from, if there is such a folder; else in memory; else the usual place.

    In memory, a program that makes thousands of files is as quickly cleaned up as it was.
    """
    usable = [folder for folder in _FOLDERS if _has_room(folder, work_bytes // 2)]
    without_execution = [folder for folder in usable if os.statvfs(folder).f_flag & os.ST_NOEXEC]
    in_memory = [folder for folder in usable if folder == _SHARED_MEMORY and _has_room(folder, 4 * work_bytes)]
    return next(iter([*without_execution, *in_memory]), tempfile.gettempdir())


def _has_room(folder: str, size: int) -> bool:
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK) and status.f_bavail * status.f_frsize >= size


def _sweep(parent: str) -> None:
    """Remove what a power failure has left: folders of ours that no living fork server has locked."""
    try:
        entries = list(os.scandir(parent))
    except OSError:
        return
    for entry in entries:
        if not entry.name.startswith(_PREFIX) or not entry.is_dir(follow_symlinks=False):
            continue
        try:
            if entry.stat(follow_symlinks=False).st_uid != os.geteuid():
                continue
            handle = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            work.remove(entry.path)
        except OSError:
            continue
        finally:
            os.close(handle)


def _own_users() -> range | None:
    """A range of users for programs, None where we cannot become one of them."""
    if sys.platform != "linux" or os.geteuid() != 0 or not _may_change_users():
        return None
    with open("/proc/self/uid_map") as file:
        known = [(int(start), int(count)) for start, _, count in map(str.split, file)]
    for first, number in _USER_RANGES:
        if any(start <= first and first + number <= start + count for start, count in known):
            return range(first, first + number)
    return None


def _may_change_users() -> bool:
    with open("/proc/self/status") as file:
        effective = next(int(line.split()[1], 16) for line in file if line.startswith("CapEff:"))
    return effective & _CHANGE_USERS == _CHANGE_USERS


def _user(users: range | None, number: int) -> int | None:
    return None if users is None else users[number % len(users)]


def _is_public(path: str, *, ancestors: bool = False) -> bool:
    """May any user read it? Looked at: the path, what is directly in it, and if asked the folders above it."""
    try:
        mode = os.stat(path).st_mode
        if os.path.isdir(path):
            inside = [entry.stat().st_mode for entry in os.scandir(path) if not entry.is_symlink()]
            if mode & 0o005 != 0o005 or not all(each & 0o004 for each in inside):
                return False
        elif not mode & 0o004:
            return False
    except OSError:
        return True  # it is not there, so nobody will miss it
    parent = os.path.dirname(os.path.realpath(path))
    while ancestors and parent != "/":
        if not os.stat(parent).st_mode & 0o001:
            return False
        parent = os.path.dirname(parent)
    return True


def _threads_of(user: int) -> int:
    """How many threads a user has already: the limit on threads counts all of them."""
    total = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            if os.stat(f"/proc/{name}").st_uid == user:
                with open(f"/proc/{name}/stat") as file:
                    total += int(file.read().rsplit(")", 1)[1].split()[17])
    return total
