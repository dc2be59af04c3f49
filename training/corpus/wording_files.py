"""The wording files: what people say, by family, written by many hands.

A hand is a folder of `wording/`; each file has `[headings]` with one phrase on each line:

    [sum]               ways to ask for the family
    [sum+]              ways to ask the same about the values of the question before
    [sum<product]       ways to say that the answer was for product, and sum is meant
    # a comment

A line may open with its grammatical form and a colon (np, vp, q, if, of); without one it is a complete message.
Files whose names begin with an underscore hold what is not about one family.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from core.errors import TrainingError
from training.corpus.catalogue import families
from training.corpus.family import Family
from training.corpus.phrases import Phrase, parse_phrase
from training.corpus.values import Int, Item, Number, Numbers, UpTo

FOLDER = Path(__file__).with_name("wording")
FORMS = ("np", "vp", "q", "if", "of", "s")
HIDDEN = "content"
_HEADING = re.compile(r"\[([\w ]+)(\+|<\w+)?\]")
_NEIGHBOURS = re.compile(r"\{(\w+)\}([^{}]*)(?=\{(\w+)\})")
_SPLIT_FROM = 8  # families with fewer phrases hold none out


@dataclass(frozen=True)
class Wording:
    """All phrases: `asks`, `follows` and `corrects` by family; `parts` by heading for what is not about a family.

    `problems` tells of every line that cannot be used; such lines are left out, and a test wants none.
    """

    asks: Mapping[str, tuple[Phrase, ...]]
    follows: Mapping[str, tuple[Phrase, ...]]
    corrects: Mapping[tuple[str, str], tuple[Phrase, ...]]
    parts: Mapping[str, tuple[Phrase, ...]]
    held_out: frozenset[tuple[str, str]] = frozenset()
    problems: tuple[str, ...] = ()

    @cached_property
    def trained(self) -> Mapping[str, tuple[Phrase, ...]]:
        """The phrases of each family that are trained."""
        return {name: self._split(name, held_out=False) or phrases for name, phrases in self.asks.items()}

    @cached_property
    def never_trained(self) -> Mapping[str, tuple[Phrase, ...]]:
        """The phrases of each family that are held out, for the families that have any."""
        return {name: held for name in self.asks if (held := self._split(name, held_out=True))}

    def _split(self, name: str, *, held_out: bool) -> tuple[Phrase, ...]:
        return tuple(phrase for phrase in self.asks[name] if ((name, phrase.text) in self.held_out) is held_out)


@lru_cache(maxsize=1)
def wording() -> Wording:
    """All wording files, read once. Raises TrainingError where a family has no phrase."""
    return read_wording(FOLDER)


def read_wording(folder: Path) -> Wording:
    """The files below `folder`. Raises TrainingError where a family has no phrase."""
    asks: dict[str, dict[str, Phrase]] = {}
    follows: dict[str, dict[str, Phrase]] = {}
    corrects: dict[tuple[str, str], dict[str, Phrase]] = {}
    parts: dict[str, dict[str, Phrase]] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*/*.txt")):
        for number, name, kind, line in _lines(path, problems):
            try:
                phrase = _phrase(line, path.parent.name)
                if path.name.startswith("_"):
                    parts.setdefault(name, {})[phrase.text] = phrase
                    continue
                _check(phrase, name, kind)
            except ValueError as error:
                problems.append(f"{path.relative_to(folder)}, line {number}: {error}")
                continue
            if kind.startswith("<"):
                corrects.setdefault((name, kind[1:]), {})[phrase.text] = phrase
            else:
                (follows if kind else asks).setdefault(name, {})[phrase.text] = phrase
    if missing := [name for name in families() if name not in asks]:
        raise TrainingError(f"The wording in {folder} has no phrase for {', '.join(missing)}.")
    return Wording(
        {name: tuple(found.values()) for name, found in asks.items()},
        {name: tuple(found.values()) for name, found in follows.items()},
        {pair: tuple(found.values()) for pair, found in corrects.items()},
        {name: tuple(found.values()) for name, found in parts.items()},
        frozenset(_held_out(asks)),
        tuple(problems),
    )


def _held_out(asks: Mapping[str, Mapping[str, Phrase]]) -> Iterator[tuple[str, str]]:
    """A tenth of the phrases of every family that has enough, by a hash that never changes."""
    for name, phrases in asks.items():
        if len(phrases) >= _SPLIT_FROM:
            for text in phrases:
                if zlib.crc32(f"{name}: {text}".encode()) % 10 == 3:
                    yield name, text


def _lines(path: Path, problems: list[str]) -> Iterator[tuple[int, str, str, str]]:
    """The phrases of a file: (line number, heading, its kind, line)."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path} cannot be read: {error}")
        return
    name = kind = ""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if heading := _HEADING.fullmatch(line):
            name, kind = heading.group(1), heading.group(2) or ""
        elif not name:
            problems.append(f"{path}, line {number}: a phrase must stand below a [heading]")
        else:
            yield number, name, kind, line


def _phrase(line: str, hand: str) -> Phrase:
    form, colon, rest = line.partition(": ")
    if colon and form in FORMS:
        return parse_phrase(rest.strip(), hand=hand, form=form)
    return parse_phrase(line, hand=hand)


def _check(phrase: Phrase, name: str, kind: str) -> None:
    """Raise ValueError where a phrase does not fit its family."""
    family = families().get(name)
    if family is None:
        raise ValueError(f"there is no family {name}")
    if kind.startswith("<") and kind[1:] not in families():
        raise ValueError(f"there is no family {kind[1:]}")
    wanted = _needed(family, phrase.form)
    if strange := phrase.slots - set(family.slots):
        raise ValueError(f"{name} has no slot {', '.join(sorted(strange))}")
    if beside := _beside_list(phrase, family):
        raise ValueError(f"{phrase.text!r}: the value of {beside} cannot be told from the list beside it")
    if not kind and (missing := wanted - phrase.slots):
        raise ValueError(f"{phrase.text!r} leaves out {', '.join(sorted(missing))}")


def _beside_list(phrase: Phrase, family: Family) -> str:
    """The slot of a number that stands right before or behind a list, with no word between."""
    for match in _NEIGHBOURS.finditer(phrase.text):
        first, between, second = match.groups()
        slots = [family.slots.get(first), family.slots.get(second)]
        lists = [isinstance(slot, Numbers) for slot in slots]
        numbers = [isinstance(slot, Int | Number | UpTo | Item) for slot in slots]
        if any(lists) and any(numbers) and not re.search(r"[A-Za-z]{2}|[:=+*x×]", between):
            return second if lists[0] else first
    return ""


def _needed(family: Family, form: str) -> set[str]:
    """The slots that every phrase must have; names and things in stories may be left out."""
    optional = {HIDDEN}
    if form == "of":
        optional.add("items")
    if family.group == "problems":
        optional |= {name for name in family.slots if type(family.slots[name]).__name__ in ("Name", "Thing")}
    return set(family.slots) - optional
