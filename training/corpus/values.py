"""Slots: what stands in a question's gaps – how a value is drawn, written by people and written in a program."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from training.corpus.lexicon import NAMES, THINGS, data_word, is_held_out
from training.corpus.writing import in_words, quoted, write_list

Drawn = Mapping[str, Any]
"""The values of a question by the names of their slots."""


@dataclass(frozen=True, slots=True)
class Taste:
    """How values are drawn: `tiny` for the start of training, `held_out` for words that are never trained."""

    tiny: bool = False
    held_out: bool = False


class Slot:
    """A gap: draws a value, writes it as people do, and writes it in Python."""

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> Any:
        """A new value; `drawn` are those of the slots before it."""
        raise NotImplementedError

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        """The value in a message. `bare`: it stands at the end after a colon, so that nothing need mark its bounds."""
        return str(value)

    def code(self, value: Any) -> str:
        """The value as a Python literal."""
        return repr(value)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        """Whether a value that was not drawn here could stand here."""
        return True


@dataclass(frozen=True, slots=True)
class Int(Slot):
    """A whole number from `low` to `high`, small ones more often; sometimes in words or with thousand separators."""

    low: int
    high: int
    words: bool = True
    commas: bool = True

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> int:
        if taste.tiny:
            return rng.randint(self.low, min(self.high, self.low + 20))
        if self.high - self.low > 100 and rng.random() < 0.6:
            digits = rng.randint(1, len(str(self.high)))
            return min(self.high, max(self.low, rng.randint(0, 10**digits)))
        return rng.randint(self.low, self.high)

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        if self.words and 0 <= value <= 100 and rng.random() < (0.12 if value <= 12 else 0.03):
            return in_words(value)
        if self.commas and abs(value) >= 1000 and rng.random() < 0.25:
            return f"{value:,}"
        return str(value)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        return bool(self.low <= value <= self.high)


@dataclass(frozen=True, slots=True)
class Number(Slot):
    """A number from `low` to `high`: whole, or with up to `places` decimals in the share `decimals` of the draws."""

    low: int
    high: int
    decimals: float = 0.25
    places: int = 2

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> int | float:
        if rng.random() < self.decimals and (not taste.tiny or self.decimals == 1):
            places = rng.randint(1, self.places)
            number = rng.randint(self.low * 10**places, self.high * 10**places) / 10**places
            return int(number) if number == int(number) else number
        return Int(self.low, self.high).draw(rng, taste, drawn)

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return str(value) if isinstance(value, float) else Int(self.low, self.high).write(rng, value)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        return bool(self.low <= value <= self.high)


@dataclass(frozen=True, slots=True)
class Numbers(Slot):
    """A list of numbers, in any of the ways people write lists."""

    low: int = 0
    high: int = 100
    shortest: int = 2
    longest: int = 12
    decimals: float = 0.1
    negatives: float = 0.15
    repeats: float = 0.15
    distinct: bool = False

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> list[int | float]:
        longest = max(self.shortest, 4 if taste.tiny else self.longest)
        length = rng.randint(self.shortest, longest)
        if length > 7 and rng.random() < 0.3:
            length = rng.randint(self.shortest, 7)
        high = rng.choice((9, 20, self.high, self.high, self.high * 10)) if self.high == 100 else self.high
        if self.distinct:
            high = max(high, self.low + 2 * length)
        low = -high if self.negatives and rng.random() < self.negatives else self.low
        places = rng.choice((0, 1, 1, 2)) if self.decimals and rng.random() < self.decimals else 0
        numbers: list[int | float] = [self._one(rng, low, high, places) for _ in range(length)]
        if self.distinct:
            numbers = list(dict.fromkeys(numbers))
            while len(numbers) < length:
                if (number := self._one(rng, low, high + length, places)) not in numbers:
                    numbers.append(number)
        elif length > 2 and rng.random() < self.repeats:
            for _ in range(rng.randint(1, length // 2)):
                numbers[rng.randrange(length)] = rng.choice(numbers)
        return numbers

    @staticmethod
    def _one(rng: Random, low: int, high: int, places: int) -> int | float:
        if not places:
            return rng.randint(low, high)
        number = rng.randint(low * 10**places, high * 10**places) / 10**places
        return int(number) if number == int(number) else number

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return write_list(rng, [str(number) for number in value], bare=bare)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        if len(value) < self.shortest or (self.distinct and len(set(value)) < len(value)):
            return False
        if not self.decimals and any(isinstance(number, float) for number in value):
            return False
        return self.negatives > 0 or min(value) >= self.low


@dataclass(frozen=True, slots=True)
class Item(Slot):
    """A number that stands in the list `of`, or in the share `other` of the draws one that does not."""

    of: str = "items"
    other: float = 0.2

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> Any:
        if rng.random() < self.other:
            return rng.randint(0, 100)
        return rng.choice(drawn[self.of])

    def admits(self, value: Any, drawn: Drawn) -> bool:
        return self.other > 0 or value in drawn[self.of]


@dataclass(frozen=True, slots=True)
class UpTo(Slot):
    """A whole number from `low` to the length of the slot `of`, less `less`."""

    of: str
    low: int = 1
    less: int = 0

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> int:
        return rng.randint(self.low, max(self.low, len(drawn[self.of]) - self.less))

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return in_words(value) if value <= 10 and rng.random() < 0.2 else str(value)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        return bool(self.low <= value <= len(drawn[self.of]) - self.less)


@dataclass(frozen=True, slots=True)
class Word(Slot):
    """One word; a share of the draws comes from `prefer`, so that both answers of a question occur."""

    prefer: tuple[str, ...] = ()
    share: float = 0.4
    plain: bool = False

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> str:
        if self.prefer and rng.random() < self.share:
            word = rng.choice(self.prefer)
            if is_held_out(word) is taste.held_out:
                return word
        word = data_word(rng, tiny=taste.tiny, held_out=taste.held_out)
        case = rng.random()
        if case < 0.85 or self.plain:
            return word
        return word.capitalize() if case < 0.95 else word.upper()

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return quoted(rng, value, often=0.5)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        return bool(value.isalpha() and value.isascii() and (value.islower() or not self.plain))


@dataclass(frozen=True, slots=True)
class Sentence(Slot):
    """Several words, in quotation marks unless they end the message after a colon."""

    shortest: int = 2
    longest: int = 8
    repeat: bool = False

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> str:
        count = rng.randint(self.shortest, min(self.longest, self.shortest + 2) if taste.tiny else self.longest)
        words = [
            rng.choice(("the", "a", "is", "my", "in", "and", "on", "we", "I", "very"))
            if rng.random() < 0.3
            else data_word(rng, tiny=taste.tiny, held_out=taste.held_out)
            for _ in range(count)
        ]
        if self.repeat and count > 2:
            words[rng.randrange(1, count)] = words[0]
        if rng.random() < 0.15:
            words[0] = words[0].capitalize()
        return " ".join(words)

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return str(value) if bare and rng.random() < 0.6 else quoted(rng, value, often=1.0)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        return self.shortest <= len(value.split()) <= self.longest


@dataclass(frozen=True, slots=True)
class Text(Slot):
    """A word, or in the share `sentences` of the draws a sentence."""

    sentences: float = 0.2

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> str:
        slot = Sentence(2, 5) if rng.random() < self.sentences else Word()
        return str(slot.draw(rng, taste, drawn))

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return (Sentence() if " " in value else Word()).write(rng, value, bare=bare)


@dataclass(frozen=True, slots=True)
class Words(Slot):
    """A list of words."""

    shortest: int = 3
    longest: int = 7
    distinct: bool = True

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> list[str]:
        count = rng.randint(self.shortest, max(self.shortest, 4 if taste.tiny else self.longest))
        words: list[str] = []
        while len(words) < count:
            word = data_word(rng, tiny=taste.tiny, held_out=taste.held_out)
            if len(word) <= 10 and word not in words:
                words.append(word)
        if not self.distinct:
            for _ in range(rng.randint(1, max(1, count // 2))):
                words[rng.randrange(count)] = rng.choice(words)
        return words

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        if rng.random() < 0.25:
            mark = rng.choice("'\"")
            return write_list(rng, [f"{mark}{word}{mark}" for word in value], bare=bare)
        return write_list(rng, value, bare=bare)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        return len(value) >= self.shortest and all(isinstance(word, str) for word in value)


@dataclass(frozen=True, slots=True)
class LetterOf(Slot):
    """A letter of the word or text in slot `of`, or in the share `other` of the draws any letter."""

    of: str = "w"
    other: float = 0.2

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> str:
        letters = [letter for letter in "".join(drawn[self.of]).lower() if letter.isalpha()]
        if rng.random() < self.other or not letters:
            return rng.choice("abcdefghijklmnopqrstuvwxyz")
        return rng.choice(letters)

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return quoted(rng, value, often=0.5)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        return self.other > 0 or value in "".join(drawn[self.of]).lower()


@dataclass(frozen=True, slots=True)
class WordOf(Slot):
    """A word of the text or list in slot `of`, or in the share `other` of the draws any word."""

    of: str = "s"
    other: float = 0.2

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> str:
        words = drawn[self.of].split() if isinstance(drawn[self.of], str) else drawn[self.of]
        if rng.random() < self.other:
            return data_word(rng, tiny=taste.tiny, held_out=taste.held_out)
        return str(rng.choice(words))

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return quoted(rng, value, often=0.6)

    def admits(self, value: Any, drawn: Drawn) -> bool:
        words = drawn[self.of].split() if isinstance(drawn[self.of], str) else drawn[self.of]
        return self.other > 0 or value in words


@dataclass(frozen=True, slots=True)
class OneOf(Slot):
    """One of a few values; `texts` says how each is written where that is not the value itself."""

    values: tuple[Any, ...]
    texts: Mapping[Any, Sequence[str]] = field(default_factory=dict)

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> Any:
        return rng.choice(self.values)

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return rng.choice(self.texts[value]) if value in self.texts else str(value)


@dataclass(frozen=True, slots=True)
class Name(Slot):
    """A person's first name; different from the names before it."""

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> str:
        while (name := rng.choice(NAMES)) in drawn.values():
            pass
        return name


@dataclass(frozen=True, slots=True)
class Thing(Slot):
    """Things that can be counted, in the plural; different from the things before it."""

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> str:
        while (thing := rng.choice(THINGS)) in drawn.values():
            pass
        return thing


@dataclass(frozen=True, slots=True)
class Drawer(Slot):
    """A slot made of three functions, for values that only one group of families has."""

    drawing: Callable[[Random, Taste, Drawn], Any]
    writing: Callable[[Random, Any], str] = lambda rng, value: str(value)
    coding: Callable[[Any], str] = repr

    def draw(self, rng: Random, taste: Taste, drawn: Drawn) -> Any:
        return self.drawing(rng, taste, drawn)

    def write(self, rng: Random, value: Any, *, bare: bool = False) -> str:
        return self.writing(rng, value)

    def code(self, value: Any) -> str:
        return self.coding(value)
