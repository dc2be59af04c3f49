"""Which installed packages programs may import: the named ones and what they need, and nothing else of site-packages.

The metadata files are read directly, because the bot itself may be installed in the same folder and must stay unseen.
"""

import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

USUAL = ("numpy", "pandas", "matplotlib")

_REQUIREMENT = re.compile(r"Requires-Dist:\s*([A-Za-z0-9][A-Za-z0-9._-]*)([^;\n]*)(;.*)?")
_BINARY = re.compile(r"\.so(\.[0-9.]+)?$")


@dataclass(frozen=True, slots=True)
class Package:
    """One installed distribution: its folder of site-packages, and what it put there (first path components)."""

    name: str
    folder: str
    entries: tuple[str, ...]
    binaries: tuple[str, ...]
    requires: tuple[str, ...]

    @property
    def modules(self) -> tuple[str, ...]:
        """The names that `import` knows."""
        names = [re.sub(r"(\.cpython-[^.]*|\.abi3)?\.(py|so)$", "", entry) for entry in self.entries]
        return tuple(name for name in names if name.isidentifier())


def closure(names: Iterable[str], folders: Sequence[str] | None = None) -> list[Package]:
    """The packages called `names` (distribution or module), with all they need; what is not installed is left out."""
    installed = _installed(site_folders() if folders is None else folders)
    found: dict[str, Package] = {}
    waiting = [_normal(name) for name in names]
    while waiting:
        name = waiting.pop(0)
        if name in found or name not in installed:
            continue
        package = _read(name, *installed[name])
        found[name] = package
        waiting += package.requires
    return list(found.values())


def site_folders() -> list[str]:
    """The folders of `sys.path` where packages are installed: none of the standard library, not the working folder."""
    standard = {os.path.realpath(path) for path in standard_library()}
    folders = [entry for entry in sys.path if entry and os.path.isdir(entry)]
    return [entry for entry in dict.fromkeys(folders) if os.path.realpath(entry) not in standard]


def standard_library() -> list[str]:
    """The folders of the standard library itself, the same in a virtual environment and outside of it."""
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    base |= {"installed_base": sys.base_prefix, "installed_platbase": sys.base_exec_prefix}
    folders = [sysconfig.get_path(kind, vars=base) for kind in ("stdlib", "platstdlib")]
    return [folder for folder in dict.fromkeys(folders) if folder and os.path.isdir(folder)]


def _installed(folders: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Normal name to (folder, name of the metadata folder); the first folder of the search path wins."""
    found: dict[str, tuple[str, str]] = {}
    for folder in folders:
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in names:
            stem, kind = os.path.splitext(name)
            if kind in (".dist-info", ".egg-info") and os.path.isdir(os.path.join(folder, name)):
                found.setdefault(_normal(stem.split("-")[0]), (folder, name))
    return found


def _read(name: str, folder: str, metadata: str) -> Package:
    base = Path(folder, metadata)
    requires = _requirements(_text(base / "METADATA") or _text(base / "PKG-INFO"))
    requires += [_normal(line) for line in _plain_requirements(_text(base / "requires.txt"))]
    files = [line.rsplit(",", 2)[0].strip('"') for line in _text(base / "RECORD").splitlines()]
    entries = [path.split("/")[0] for path in files] or _text(base / "top_level.txt").split() or [name]
    entries = [entry if Path(folder, entry).exists() else f"{entry}.py" for entry in dict.fromkeys(entries)]
    inside = [entry for entry in entries if _is_import(folder, entry)]
    binaries = [os.path.join(folder, path) for path in files if _BINARY.search(path) and ".." not in path]
    if not files:
        binaries = [str(path) for entry in inside for path in Path(folder, entry).rglob("*.so*")]
    return Package(name, folder, (*inside, metadata), tuple(binaries), tuple(requires))


def _is_import(folder: str, entry: str) -> bool:
    """Not a script, not a folder of byte code, not a second metadata folder, and nothing outside of site-packages."""
    if entry in ("", "..", "__pycache__") or entry.endswith((".dist-info", ".egg-info", ".pth")):
        return False
    return Path(folder, entry).exists()


def _requirements(text: str) -> list[str]:
    head = text.split("\n\n", 1)[0]  # the description follows after an empty line
    found = [match for line in head.splitlines() if (match := _REQUIREMENT.match(line))]
    return [_normal(match[1]) for match in found if "extra" not in (match[3] or "")]


def _plain_requirements(text: str) -> list[str]:
    """The unconditional ones of an egg's requires.txt: those before the first [section]."""
    head = text.split("[", 1)[0]
    return [match[0] for line in head.splitlines() if (match := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line))]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
