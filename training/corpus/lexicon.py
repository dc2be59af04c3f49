"""The words that fill slots: everyday words, names, things that can be counted, and invented words of any letters."""

import string
import zlib
from functools import lru_cache
from pathlib import Path
from random import Random


def _read(name: str) -> tuple[str, ...]:
    """The words of a list beside this page, each once."""
    text = Path(__file__).with_name("words").joinpath(f"{name}.txt").read_text("utf-8")
    return tuple(dict.fromkeys(text.split()))


WORDS, NAMES, THINGS = _read("words"), _read("names"), _read("things")
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
_SHORT = tuple(word for word in WORDS if len(word) <= 5)


@lru_cache(maxsize=200_000)
def is_held_out(word: str) -> bool:
    """Whether a data word is never trained: one word in ten, by a hash that never changes."""
    return zlib.crc32(word.lower().encode()) % 10 == 7


def data_word(rng: Random, *, tiny: bool = False, held_out: bool = False) -> str:
    """A lower-case word for a slot: a known word, a pronounceable invention or random letters."""
    while True:
        word = _short_word(rng) if tiny else _any_word(rng)
        if is_held_out(word) is held_out:
            return word


def _short_word(rng: Random) -> str:
    if rng.random() < 0.4:
        return rng.choice(_SHORT)
    return "".join(rng.choices(string.ascii_lowercase, k=rng.choice((3, 3, 4, 4, 5))))


def _any_word(rng: Random) -> str:
    draw = rng.random()
    if draw < 0.5:
        return rng.choice(WORDS)
    if draw < 0.8:
        return _pronounceable(rng, rng.choice((3, 4, 5, 5, 6, 6, 7, 8, 9, 10, 12)))
    length = rng.randint(3, 9) if rng.random() < 0.7 else rng.randint(10, 20)
    return "".join(rng.choices(string.ascii_lowercase, k=length))


def _pronounceable(rng: Random, length: int) -> str:
    letters: list[str] = []
    vowel = rng.random() < 0.3
    while len(letters) < length:
        letters.append(rng.choice(_VOWELS if vowel else _CONSONANTS))
        if rng.random() < 0.85:
            vowel = not vowel
    return "".join(letters)
