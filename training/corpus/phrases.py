"""Phrases: a line of a wording file, with slots and alternatives, made into text.

`(add up|total) {items}` has two readings; round brackets without a bar are ordinary characters.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

_TOKEN = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")

Node = str | tuple[str] | list[tuple["Node", ...]]
"""Text, a slot's name in a tuple, or a list of alternatives."""


class Piece(NamedTuple):
    """A part of a message; what is protected is a value, which noise never touches."""

    text: str
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say something: its words, and what they are for grammar.

    `form` is np, vp, q, if, of or s (a complete message). `hand` is the writer.
    """

    text: str
    form: str
    hand: str
    nodes: tuple[Node, ...] = field(compare=False, repr=False)
    slots: frozenset[str] = field(compare=False)

    def say(self, rng: Random, write: Callable[[str, bool], str]) -> list[Piece]:
        """The phrase with its slots filled by `write(slot, bare)`; bare slots end the message after a colon."""
        pieces: list[Piece] = []
        _say(self.nodes, rng, write, pieces, len(self.nodes))
        return pieces

    def words(self) -> Iterator[str]:
        """Every word of the phrase, of all its alternatives, without the slots."""
        yield from _WORD.findall(_TOKEN.sub(" ", self.text))


def parse_phrase(text: str, *, hand: str = "grammar", form: str = "s") -> Phrase:
    """Compile a line. Raises ValueError where brackets or braces do not match."""
    nodes, end = _sequence(text, 0, nested=False)
    if end != len(text):
        raise ValueError(f"there is a bracket too many in {text!r}")
    slots = frozenset(_TOKEN.findall(text))
    if _TOKEN.sub("", text).strip("{}") != _TOKEN.sub("", text) or "{" in _TOKEN.sub("", text):
        raise ValueError(f"braces stand only around names of slots, unlike in {text!r}")
    return Phrase(text, form, hand, nodes, slots)


def _sequence(text: str, start: int, *, nested: bool) -> tuple[tuple[Node, ...], int]:
    nodes: list[Node] = []
    plain = ""
    place = start
    while place < len(text):
        character = text[place]
        if nested and character in "|)":
            break
        if character == "(" and (group := _alternatives(text, place)):
            nodes += [plain] if plain else []
            plain = ""
            nodes.append(group[0])
            place = group[1]
        elif character == "{" and (slot := _TOKEN.match(text, place)):
            nodes += [plain] if plain else []
            plain = ""
            nodes.append((slot.group(1),))
            place = slot.end()
        else:
            plain += character
            place += 1
    return tuple([*nodes, plain] if plain else nodes), place


def _alternatives(text: str, start: int) -> tuple[list[tuple[Node, ...]], int] | None:
    """The alternatives of the bracket that opens at `start`, and where the text goes on; None without a bar."""
    depth, bar = 0, False
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        bar = bar or (depth == 1 and text[place] == "|")
        if depth == 0:
            break
    if depth or not bar:
        return None
    found, place = [], start
    while text[place] != ")":
        nodes, place = _sequence(text, place + 1, nested=True)
        found.append(nodes)
    return found, place + 1


def _say(
    nodes: tuple[Node, ...], rng: Random, write: Callable[[str, bool], str], pieces: list[Piece], size: int
) -> None:
    for place, node in enumerate(nodes):
        if isinstance(node, str):
            pieces.append(Piece(node))
        elif isinstance(node, tuple):
            last = place == len(nodes) - 1 == size - 1
            bare = last and bool(pieces) and pieces[-1].text.endswith(": ")
            pieces.append(Piece(write(node[0], bare), True))
        else:
            _say(node[int(rng.random() * len(node))], rng, write, pieces, -1)
