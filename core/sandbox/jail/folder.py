"""A work folder seen from outside: put files in, bring new ones back, measure it, remove it.

Everything in it is hostile: names, depth, links, permissions. So it is walked by descriptors, never by paths, links
are never followed, and nothing recurses.
"""

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")
_DEEPEST = 8  # folders below this are not looked into for files to bring back
_MOST_ENTRIES = 5000
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Identity = tuple[int, int, int, int]  # device, inode, size, time of the last change in nanoseconds
Seen = dict[str, Identity]


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file in the work folder; `path` is relative to it, as the program wrote it."""

    path: str
    identity: Identity


def place(folder: str, name: str, content: bytes, user: int | None) -> None:
    """Put one file in, before the program starts. OSError where it does not fit.

    In a session the folder already belongs to a program, so the file is made anew: nothing is written through a link.
    """
    handle = _open_top(folder)
    if handle is None:
        raise FileNotFoundError("the work folder has gone")
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=handle)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(name, flags, 0o600, dir_fd=handle)
        try:
            if user is not None:
                os.fchown(file, user, user)
            view = memoryview(content)
            while view:
                view = view[os.write(file, view) :]
        finally:
            os.close(file)
    finally:
        os.close(handle)


def files_in(folder: str) -> Seen:
    """Every file that could be brought back, with what tells whether it changes."""
    return {found.path: found.identity for found in _files(folder)}


def bring_back(folder: str, before: Seen, most: int, most_bytes: int) -> list[tuple[str, bytes]]:
    """What is new or changed, images first, as far as number and size allow."""
    new = [found for found in _files(folder) if before.get(found.path) != found.identity]
    new.sort(key=lambda found: (not found.path.lower().endswith(_IMAGES), found.path))
    files: list[tuple[str, bytes]] = []
    left = most_bytes
    for found in new:
        if len(files) == most:
            break
        if found.identity[2] <= left and (content := _content(folder, found, left)) is not None:
            files.append((found.path, content))
            left -= len(content)
    return files


def usage(folder: str, most_entries: int, process: int) -> tuple[int, int]:
    """(bytes on disk, number of entries), counted until there are more than `most_entries`.

    Files that have no name any more but are still open in `process` count, where the system shows them.
    """
    size, entries = _unnamed_bytes(folder, process), 0
    for entry in _walk(folder):
        entries += 1
        size += entry.status.st_blocks * 512
        if entries > most_entries:
            break
    return size, entries


def _unnamed_bytes(folder: str, process: int) -> int:
    size = 0
    descriptors = f"/proc/{process}/fd"
    try:
        device = os.stat(folder).st_dev
        for name in os.listdir(descriptors):
            status = os.stat(f"{descriptors}/{name}")
            if status.st_nlink == 0 and status.st_dev == device and stat.S_ISREG(status.st_mode):
                size += status.st_blocks * 512
    except OSError:  # it has ended, or may not be looked at
        return size
    return size


def remove(folder: str) -> None:
    """Delete it with all that is in it, however deep, whatever its permissions. The program must have ended."""
    handle = _open_top(folder)
    if handle is None:
        return
    way: list[str] = []
    left = [os.listdir(handle)]
    try:
        while left:
            if left[-1]:
                name = left[-1].pop()
                if not _delete(handle, name) and (inner := _open_inner(handle, name)) is not None:
                    handle = _replace(handle, inner)
                    way.append(name)
                    left.append(os.listdir(handle))
                continue
            left.pop()
            if way:
                handle = _replace(handle, os.open("..", _OPEN_FOLDER, dir_fd=handle))
                os.rmdir(way.pop(), dir_fd=handle)
    finally:
        os.close(handle)
    os.rmdir(folder)


def _delete(folder: int, name: str) -> bool:
    """Remove a file or an empty folder; False for a folder with something in it."""
    try:
        os.unlink(name, dir_fd=folder)
    except (IsADirectoryError, PermissionError):  # the latter is what other systems say for a folder
        pass
    else:
        return True
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError:
        return False
    return True


def _open_top(folder: str) -> int | None:
    """The work folder itself: a program can close it to everyone, but not put something else in its place."""
    for _ in range(2):
        try:
            return os.open(folder, _OPEN_FOLDER)
        except PermissionError:
            os.chmod(folder, 0o700)
        except OSError:
            return None
    return None


def _open_inner(folder: int, name: str) -> int | None:
    """The folder called `name` in it, made accessible if need be; None if it is no folder."""
    for _ in range(2):
        try:
            return os.open(name, _OPEN_FOLDER, dir_fd=folder)
        except PermissionError:
            _unlock(folder, name)
        except OSError:
            return None
    return None


def _unlock(folder: int, name: str) -> None:
    """Give us access to a folder that a program has closed to everyone; what has become a link stays untouched."""
    try:
        if not hasattr(os, "O_PATH"):
            os.chmod(name, 0o700, dir_fd=folder, follow_symlinks=False)
            return
        handle = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            os.chmod(f"/proc/self/fd/{handle}", 0o700)
        finally:
            os.close(handle)
    except OSError:
        return


def _files(folder: str) -> Iterator[Found]:
    """Regular files that are not hidden; at most a few thousand entries are looked at."""
    for count, entry in enumerate(_walk(folder)):
        if count == _MOST_ENTRIES:
            return
        status, parts = entry.status, entry.parts
        if stat.S_ISREG(status.st_mode) and len(parts) <= _DEEPEST and not any(part[0] == "." for part in parts):
            yield Found("/".join(parts), (status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns))


@dataclass(frozen=True, slots=True)
class _Entry:
    parts: tuple[str, ...]
    status: os.stat_result


def _walk(folder: str) -> Iterator[_Entry]:
    """Everything beneath, depth first, with one open descriptor however deep it goes."""
    handle = _open_top(folder)
    if handle is None:
        return
    way: list[tuple[str, tuple[int, int]]] = []  # name and identity of each folder on the way down
    left = [_names(handle)]  # what is still to be seen on each level
    top = _identity(handle)
    try:
        while left:
            if not left[-1]:
                left.pop()
                if not way:
                    return
                way.pop()
                handle = _replace(handle, os.open("..", _OPEN_FOLDER, dir_fd=handle))
                if _identity(handle) != (way[-1][1] if way else top):
                    return  # a program that runs has moved it; the next look will be right
                continue
            name = left[-1].pop()
            try:
                status = os.stat(name, dir_fd=handle, follow_symlinks=False)
            except OSError:
                continue
            yield _Entry((*[part for part, _ in way], name) if len(way) < _DEEPEST else ("",) * (_DEEPEST + 1), status)
            if stat.S_ISDIR(status.st_mode) and (inner := _open_inner(handle, name)) is not None:
                handle = _replace(handle, inner)
                way.append((name, _identity(handle)))
                left.append(_names(handle))
    except OSError:
        return
    finally:
        os.close(handle)


def _names(handle: int) -> list[str]:
    try:
        return sorted(os.listdir(handle), reverse=True)
    except OSError:
        return []


def _identity(handle: int) -> tuple[int, int]:
    status = os.fstat(handle)
    return status.st_dev, status.st_ino


def _replace(old: int, new: int) -> int:
    os.close(old)
    return new


def _descend(folder: str, parts: Sequence[str]) -> int | None:
    """A descriptor of the folder that `parts` lead to; no part may be a link."""
    handle = _open_top(folder)
    for part in parts:
        if handle is None:
            return None
        inner = _open_inner(handle, part)
        os.close(handle)
        handle = inner
    return handle


def _content(folder: str, found: Found, most: int) -> bytes | None:
    """Its bytes, if it still is the regular file that was seen."""
    *parts, name = found.path.split("/")
    handle = _descend(folder, parts)
    if handle is None:
        return None
    try:
        file = os.open(name, _OPEN_FILE, dir_fd=handle)
    except OSError:
        return None
    finally:
        os.close(handle)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_ino != found.identity[1]:
            return None
        chunks, left = [], min(status.st_size, most)
        while left > 0 and (chunk := os.read(file, min(left, 1 << 20))):
            chunks.append(chunk)
            left -= len(chunk)
        return b"".join(chunks)
    except OSError:
        return None
    finally:
        os.close(file)
