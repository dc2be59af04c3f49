"""File names from strangers, made safe: one component, visible characters, on every system a legal name."""

import re
import unicodedata
from collections.abc import Iterable

_MOST_CHARACTERS = 100
_SUFFIX_CHARACTERS = 16
_FORBIDDEN = re.compile(r'[\\:*?"<>|%$`\'!&;]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """`name` without folders, control and direction characters, leading dots or dashes; never empty."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    last = unicodedata.normalize("NFC", last.encode("utf-8", "replace").decode())
    shown = "".join("_" if unicodedata.category(letter)[0] in "CZ" and letter != " " else letter for letter in last)
    clean = _FORBIDDEN.sub("_", shown).strip(" .").lstrip("-~")
    if _RESERVED.fullmatch(clean):
        clean = f"_{clean}"
    return _shortened(clean) or "file"


def distinct_names(names: Iterable[str]) -> list[str]:
    """`safe_name` of each, with a number where two would be equal (also to a file system that ignores case)."""
    taken: set[str] = set()
    chosen = []
    for name in map(safe_name, names):
        candidate, number = name, 1
        while candidate.casefold() in taken:
            number += 1
            stem, dot, suffix = name.rpartition(".")
            candidate = f"{stem}_{number}{dot}{suffix}" if stem else f"{name}_{number}"
        taken.add(candidate.casefold())
        chosen.append(candidate)
    return chosen


def _shortened(name: str) -> str:
    while len(name.encode()) > _MOST_CHARACTERS or len(name) > _MOST_CHARACTERS:
        stem, dot, suffix = name.rpartition(".")
        has_suffix = stem and len(suffix.encode()) <= _SUFFIX_CHARACTERS
        name = stem[:-1] + dot + suffix if has_suffix else name[:-1]
    return name
