"""What of the host a program can see: standard library, chosen packages, the libraries they need, time zones."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .elf import CACHE, find_library, libraries, only_in_cache, read_binary
from .packages import USUAL, Package, closure, standard_library

# Loaded by the C library when a thread ends or a C++ exception is thrown, so no binary names it.
_LOADED_LATE = ("libgcc_s.so.1",)
_DATA = ("/usr/share/zoneinfo", "/usr/lib/locale/C.utf8")
_MERGED = ("/lib", "/lib64", "/bin")  # links into /usr on most distributions


@dataclass(frozen=True, slots=True)
class Visible:
    """Paths of the host, read-only for programs.

    `covered` are folders inside of `paths` that are shown empty; `links` are symbolic links of the host that the paths
    need; `search` are the standard library's folders on sys.path and `packages` the packages that are found beside
    them; `preload` is imported once, before any program; `modules` are the
    names by which a program's text shows that it wants packages.
    """

    paths: tuple[str, ...]
    covered: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    search: tuple[str, ...]
    packages: tuple[str, ...]
    preload: tuple[str, ...]
    modules: tuple[str, ...]


def interpreter() -> str:
    """The Python that runs programs: the real one behind a virtual environment."""
    return str(getattr(sys, "_base_executable", None) or os.path.realpath(sys.executable))


def survey(further: Sequence[str] = ()) -> Visible:
    """Look around on the host, with the usual packages and `further` ones."""
    standard = standard_library()
    packages = closure((*USUAL, *further))
    binaries = [interpreter(), *_standard_binaries(standard)]
    for package in packages:
        binaries += package.binaries
    chosen = [os.path.join(package.folder, entry) for package in packages for entry in package.entries]
    shown = [*standard, *chosen]
    found = libraries([*binaries, *_late(interpreter())])
    needed = _outside([*found, *_late(interpreter()), *_loader_cache_for(found)], shown)
    return Visible(
        paths=(*shown, *sorted(needed), *[path for path in _DATA if os.path.isdir(path)]),
        covered=_covered(standard),
        links=tuple((link, os.readlink(link)) for link in _MERGED if os.path.islink(link)),
        search=tuple(_search_path(standard)),
        packages=tuple(chosen),
        preload=_preload(packages, further),
        modules=tuple(sorted({name for package in packages for name in package.modules})),
    )


def _search_path(standard: Sequence[str]) -> list[str]:
    folders = [*standard, *[f"{folder}/lib-dynload" for folder in standard]]
    return [folder for folder in folders if os.path.isdir(folder)]


def _standard_binaries(standard: Sequence[str]) -> list[str]:
    found = [path for folder in standard for path in sorted(Path(folder, "lib-dynload").glob("*.so"))]
    return [str(path) for path in found if not path.name.startswith("_tkinter.")]  # no screen here


def _outside(needed: Iterable[str], shown: Sequence[str]) -> set[str]:
    """The path of each file that is in no shown folder, with the links in its folder's name resolved."""
    inside = tuple(f"{folder}/" for folder in shown)
    paths = {f"{os.path.realpath(os.path.dirname(path))}/{os.path.basename(path)}" for path in needed}
    return {path for path in paths if not path.startswith(inside)}


def _late(python: str) -> list[str]:
    binary = read_binary(python)
    found = [find_library(name, binary.machine) for name in _LOADED_LATE] if binary else []
    return [path for path in found if path]


def _loader_cache_for(found: Iterable[str]) -> list[str]:
    """The loader's cache names much of what is installed, so it is shown only where a library is found by it alone."""
    return [CACHE] if any(only_in_cache(path) for path in found) else []


def _covered(standard: Sequence[str]) -> tuple[str, ...]:
    """site-packages inside the standard library's folder: the bot itself may be installed there."""
    inside = [f"{folder}/{name}" for folder in standard for name in ("site-packages", "dist-packages")]
    return tuple(folder for folder in inside if os.path.isdir(folder))


def _preload(packages: Sequence[Package], further: Sequence[str]) -> tuple[str, ...]:
    chosen = {package.name: package for package in packages}
    names = {"numpy": "numpy", "pandas": "pandas", "matplotlib": "matplotlib.pyplot"}
    usual = [module for name, module in names.items() if name in chosen]
    wanted = {name.lower().replace("_", "-") for name in further} - set(names)
    return (*usual, *[module for name in sorted(wanted & set(chosen)) for module in chosen[name].modules])
