"""All families, by name and by group."""

from dataclasses import replace
from functools import lru_cache
from importlib import import_module

from training.corpus.family import Family

GROUPS = (
    "arithmetic",
    "numbers",
    "sequences",
    "lists",
    "statistics",
    "words",
    "sentences",
    "wordlists",
    "dates",
    "units",
    "money",
    "percentages",
    "sets",
    "counting",
    "geometry",
    "bases",
    "tables",
    "problems",
    "searches",
    "smalltalk",
    "declines",
    "files",
)


@lru_cache(maxsize=1)
def families() -> dict[str, Family]:
    """Every declared family by its name, in the order of the groups. Raises ValueError where a name is used twice."""
    found: dict[str, Family] = {}
    for group in GROUPS:
        for family in import_module(f"training.corpus.families.{group}").FAMILIES:
            if family.name in found:
                raise ValueError(f"two families are called {family.name}")
            found[family.name] = replace(family, group=group)
    return found
