"""Which shared libraries a binary needs: read from the files themselves, nothing is loaded or started."""

import os
import platform
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_RPATH, _DT_RUNPATH = 1, 5, 10, 15, 29
CACHE = "/etc/ld.so.cache"
_CACHE_MAGIC = b"glibc-ld.so.cache1.1"
_CACHE_HEADER, _CACHE_ENTRY = 48, 24
_MOST_STRINGS = 16 << 20  # more is no library
_MACHINE = platform.machine()

# Where the loader looks without being told.
USUAL_FOLDERS = (
    f"/lib/{_MACHINE}-linux-gnu",
    f"/usr/lib/{_MACHINE}-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
    "/usr/local/lib",
)


@dataclass(frozen=True, slots=True)
class Binary:
    """What an ELF file says about itself; `machine` is its e_machine number."""

    machine: int
    needed: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    loader: str | None = None


def read_binary(path: str) -> Binary | None:
    """The binary at `path`, None if it is not a readable 64-bit little-endian ELF file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _parse(handle, os.path.dirname(path))
    except (OSError, OverflowError, struct.error, ValueError):
        return None
    finally:
        os.close(handle)


def libraries(binaries: Iterable[str]) -> dict[str, str]:
    """Path to name of every library that `binaries` need, directly or through another one, and of their loader.

    The path is where the loader will look; what cannot be found is left out.
    """
    found: dict[str, str] = {}
    waiting = list(dict.fromkeys(binaries))
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        binary = read_binary(path)
        if binary is None:
            continue
        for name, library in _located(binary):
            found.setdefault(library, name)
            if library not in seen:
                seen.add(library)
                waiting.append(library)
    return found


def find_library(name: str, machine: int, folders: Iterable[str] = ()) -> str | None:
    """Where the loader finds the library called `name`, in `folders` first."""
    candidates = [f"{folder}/{name}" for folder in folders]
    candidates += _loader_cache().get(name, ())
    candidates += [f"{folder}/{name}" for folder in USUAL_FOLDERS]
    return next((path for path in candidates if _is_for(path, machine)), None)


def only_in_cache(path: str) -> bool:
    """Would the loader miss this library without its cache?"""
    return os.path.dirname(path) not in USUAL_FOLDERS and path in _loader_cache().get(os.path.basename(path), ())


def _located(binary: Binary) -> Iterator[tuple[str, str]]:
    if binary.loader:
        yield os.path.basename(binary.loader), binary.loader
    for name in binary.needed:
        path = name if name.startswith("/") else find_library(name, binary.machine, binary.folders)
        if path:
            yield name, path


def _parse(handle: int, folder: str) -> Binary | None:
    header = os.pread(handle, 64, 0)
    if header[:6] != b"\x7fELF\x02\x01":
        return None
    (machine,) = struct.unpack_from("<H", header, 18)
    (table,) = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<HH", header, 54)
    segments = [
        struct.unpack("<IIQQQQQQ", os.pread(handle, 56, table + index * size)) for index in range(min(count, 64))
    ]
    loads = [(address, offset, length) for kind, _, offset, address, _, length, _, _ in segments if kind == _PT_LOAD]
    loader = None
    needed: list[str] = []
    folders: list[str] = []
    for kind, _, offset, _, _, length, _, _ in segments:
        if kind == _PT_INTERP:
            loader = os.pread(handle, min(length, 4096), offset).rstrip(b"\0").decode()
        elif kind == _PT_DYNAMIC:
            entries = list(struct.iter_unpack("<qQ", os.pread(handle, min(length, 1 << 16) // 16 * 16, offset)))
            strings = _strings(handle, dict(entries), loads)
            needed = [_string(strings, value) for tag, value in entries if tag == _DT_NEEDED]
            for tag, value in entries:
                if tag in (_DT_RPATH, _DT_RUNPATH):
                    folders += _string(strings, value).split(":")
    expanded = [entry.replace("$ORIGIN", folder).replace("${ORIGIN}", folder) for entry in folders if entry]
    return Binary(machine, tuple(needed), tuple(expanded), loader)


def _strings(handle: int, dynamic: dict[int, int], loads: list[tuple[int, int, int]]) -> bytes:
    address, size = dynamic.get(_DT_STRTAB, 0), dynamic.get(_DT_STRSZ, 0)
    for start, offset, length in loads:
        if start <= address < start + length:
            return os.pread(handle, min(size, _MOST_STRINGS), offset + address - start)
    return b""


def _string(strings: bytes, start: int) -> str:
    return strings[start : strings.index(b"\0", start)].decode()


def _is_for(path: str, machine: int) -> bool:
    try:
        with open(path, "rb") as file:
            header = file.read(20)
    except OSError:
        return False
    return header[:6] == b"\x7fELF\x02\x01" and struct.unpack_from("<H", header, 18)[0] == machine


@lru_cache(maxsize=1)
def _loader_cache() -> dict[str, list[str]]:
    """Name to paths, from the C library's own cache; empty where there is none or it has another format."""
    try:
        raw = Path(CACHE).read_bytes()
    except OSError:
        return {}
    start = raw.find(_CACHE_MAGIC)
    if start < 0:
        return {}
    raw = raw[start:]
    entries: dict[str, list[str]] = {}
    try:
        (count,) = struct.unpack_from("<I", raw, len(_CACHE_MAGIC))
        for index in range(count):
            _, key, value = struct.unpack_from("<iII", raw, _CACHE_HEADER + index * _CACHE_ENTRY)
            entries.setdefault(_string(raw, key), []).append(_string(raw, value))
    except (struct.error, ValueError):
        return {}
    return entries
