"""What the fork server is told when it starts: one JSON object on its standard input."""

import json
from dataclasses import asdict, dataclass, fields

# The whole environment of fork servers and programs; programs also learn HOME, TMPDIR and MPLCONFIGDIR.
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "MPLBACKEND": "module://figures_to_files",
    "MALLOC_ARENA_MAX": "2",  # each arena takes 64 MiB of address space
    # Each further thread of a linear algebra library takes about 40 MiB of address space.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True)
class JailConfig:
    """Mode, limits (bytes, seconds), and what is visible; see `core.sandbox.visible` for the paths."""

    mode: str
    memory: int
    work: int
    inodes: int
    file: int
    open_files: int
    threads: int
    files_back: int
    files_back_bytes: int
    idle_seconds: float
    paths: tuple[str, ...]
    covered: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    search: tuple[str, ...]
    packages: tuple[str, ...]
    preload: tuple[str, ...]

    def to_json(self) -> str:
        """For the fork server's standard input."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "JailConfig":
        """The opposite of `to_json`."""
        raw = json.loads(text)
        lists = {
            field.name: tuple(tuple(item) if isinstance(item, list) else item for item in raw[field.name])
            for field in fields(cls)
            if isinstance(raw[field.name], list)
        }
        return cls(**(raw | lists))
