"""Made-up operations: small programs of ever new kinds, shown once by an example and then asked for other values.

An operation is a pure function of its number. It is built of small parts, each with its Python text and an own way to
compute it, so that what the program prints is known without running it. One operation in seven is never trained.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from training.corpus.asked import Answer, Asked
from training.corpus.lexicon import WORDS, data_word
from training.corpus.phrases import Piece
from training.corpus.questions import Asker
from training.corpus.values import Int, Numbers, Slot, Taste, Word
from training.corpus.verify import run

OPERATIONS = 40_000
_VERBS = ("do", "make", "run", "apply", "use", "compute", "give me", "find", "what is", "tell me", "get")
_KINDS = ("number", "code", "value", "score", "price", "rule", "trick", "key", "name", "tag", "form")
_LINKS = ("of", "for", "with", "on")
Part = tuple[str, Callable[[dict[str, Any]], Any]]


@dataclass(frozen=True)
class MadeUp:
    """An operation with its slots, its thought, its program and ways to ask for it."""

    number: int
    slots: dict[str, Slot]
    thought: str
    program: str
    value: Callable[[dict[str, Any]], object]
    asks: tuple[str, ...]
    name: str

    @property
    def is_held_out(self) -> bool:
        """Whether it is never trained."""
        return self.number % 7 == 3


def made_up(number: int) -> MadeUp:
    """The operation with this number."""
    rng = Random(number * 7919 + 11)
    kind = rng.choices(("numbers", "word", "list", "format"), (5, 4, 4, 2))[0]
    slots, program, value = {"numbers": _on_numbers, "word": _on_word, "list": _on_list, "format": _formatted}[kind](
        rng
    )
    name = _name(rng)
    asks = tuple(_ask(rng, name, list(slots)) for _ in range(3))
    thought = rng.choice(
        (
            f"I compute the {name}.",
            f"I use the {name}.",
            f"I apply the rule of the {name}.",
            f"I build the {name}.",
            "I follow the example.",
        )
    )
    return MadeUp(number, slots, thought, program, value, asks, name)


class Inventor:
    """Asks for made-up operations."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._rng = asker.rng

    def pair(self, *, held_out: bool = False) -> tuple[Asked, Asked] | None:
        """An example and a question of one operation, with different values."""
        number = self._rng.randrange(OPERATIONS)
        number += (3 - number) % 7 if held_out else (1 if number % 7 == 3 else 0)
        operation = made_up(number)
        first = self._ask(operation)
        second = self._ask(operation)
        if first is None or second is None or first.answer.code == second.answer.code:
            return None
        return first, second

    def _ask(self, operation: MadeUp) -> Asked | None:
        drawn: dict[str, Any] = {}
        for name, slot in operation.slots.items():
            drawn[name] = slot.draw(self._rng, Taste(tiny=self._rng.random() < 0.5), drawn)
        code = operation.program
        for name, slot in operation.slots.items():
            code = code.replace("{" + name + "}", slot.code(drawn[name]))
        output = run(code).removesuffix("\n")
        if output != str(operation.value(drawn)):
            self._asker.mismatches["made up"] += 1
            return None
        pattern = self._rng.choice(operation.asks)
        pieces: list[Piece] = []
        for part in pattern.split("|"):
            if part in operation.slots:
                pieces.append(Piece(operation.slots[part].write(self._rng, drawn[part]), True))
            elif part:
                pieces.append(Piece(part, part == operation.name))
        text = self._asker.message(pieces)
        return Asked(f"made up {operation.number}", "made up", text, Answer(operation.thought, code, output), pattern)


def _name(rng: Random) -> str:
    """A name of an operation: an invented word, or everyday words that mean nothing here."""
    draw = rng.random()
    if draw < 0.45:
        return data_word(rng, tiny=rng.random() < 0.5)
    if draw < 0.7:
        return f"{rng.choice(WORDS)} {rng.choice(_KINDS)}"
    return f"{data_word(rng, tiny=True)} {rng.choice(_KINDS)}"


def _ask(rng: Random, name: str, slots: Sequence[str]) -> str:
    values = "|" + "| and |".join(slots) + "|"
    form = rng.random()
    if form < 0.3:
        return f"{name}| {values}"
    if form < 0.6:
        return f"{rng.choice(_VERBS)} the |{name}| {rng.choice(_LINKS)} {values}"
    if form < 0.8:
        return f"the |{name}| {rng.choice(_LINKS)} {values}"
    return f"{name}|: {values}"


def _on_numbers(rng: Random) -> tuple[dict[str, Slot], str, Callable[[dict[str, Any]], object]]:
    slots: dict[str, Slot] = {
        name: Int(1, 100, words=False, commas=False) for name in ("a", "b", "c")[: rng.choice((1, 1, 2, 2, 3))]
    }
    text, compute = _term(rng, "a")
    for name in list(slots)[1:]:
        text, compute = _combined(rng, (text, compute), _term(rng, name))
    if rng.random() < 0.5:
        text, compute = _combined(rng, (text, compute), _constant(rng))
    return slots, f"print({text})", compute


def _term(rng: Random, name: str) -> Part:
    constant = rng.randint(2, 12)
    plain: Part = ("{" + name + "}", lambda drawn: drawn[name])
    forms: tuple[Part, ...] = (
        plain,
        plain,
        (f"{{{name}}} * {constant}", lambda drawn: sum([drawn[name]] * constant)),
        (f"{{{name}}} ** 2", lambda drawn: drawn[name] * drawn[name]),
        (f"{{{name}}} // {constant}", lambda drawn: (drawn[name] - drawn[name] % constant) // constant),
        (f"{{{name}}} % {constant}", lambda drawn: drawn[name] - constant * (drawn[name] // constant)),
        (f"({{{name}}} + {constant}) * 2", lambda drawn: drawn[name] + drawn[name] + 2 * constant),
    )
    return rng.choice(forms)


def _constant(rng: Random) -> Part:
    number = rng.randint(1, 99)
    return str(number), lambda drawn: number


def _combined(rng: Random, first: Part, second: Part) -> Part:
    sign = rng.choice("+-+-*")
    if sign == "*":
        return f"({first[0]}) * ({second[0]})", lambda drawn: first[1](drawn) * second[1](drawn)
    if sign == "+":
        return f"{first[0]} + {second[0]}", lambda drawn: first[1](drawn) + second[1](drawn)
    return f"{first[0]} - ({second[0]})", lambda drawn: first[1](drawn) - second[1](drawn)


def _on_word(rng: Random) -> tuple[dict[str, Slot], str, Callable[[dict[str, Any]], object]]:
    slots: dict[str, Slot] = {"w": Word(plain=True)}
    parts = [_letters(rng) for _ in range(rng.choice((1, 2, 2, 3)))]
    if rng.random() < 0.3:
        slots["v"] = Word(plain=True)
        parts.append(("{v}", lambda drawn: drawn["v"]))
    text = " + ".join(part for part, _ in parts)
    return slots, f"print({text})", lambda drawn: "".join(compute(drawn) for _, compute in parts)


def _letters(rng: Random) -> Part:
    number = rng.randint(1, 3)
    mark = rng.choice(("-", "!", "?", "+", "x", "ay", "ing", "er", "o", "un", "_", "*", "::", "ly", "zz"))
    letter = rng.choice("aeiou")
    forms: tuple[Part, ...] = (
        ("{w}", lambda drawn: drawn["w"]),
        ("{w}[::-1]", lambda drawn: "".join(reversed(drawn["w"]))),
        (f"{{w}}[{number}:]", lambda drawn: "".join(c for k, c in enumerate(drawn["w"]) if k >= number)),
        (f"{{w}}[:{number}]", lambda drawn: "".join(c for k, c in enumerate(drawn["w"]) if k < number)),
        (f"{{w}}[-{number}:]", lambda drawn: drawn["w"][max(0, len(drawn["w"]) - number) :]),
        ("{w}.upper()", lambda drawn: "".join(chr(ord(c) - 32) for c in drawn["w"])),
        (
            f"{{w}}.replace('{letter}', '{mark[0]}')",
            lambda drawn: "".join(mark[0] if c == letter else c for c in drawn["w"]),
        ),
        (f"'{mark}'", lambda drawn: mark),
        (f"{{w}} * {number + 1}", lambda drawn: "".join(drawn["w"] for _ in range(number + 1))),
        ("{w}[0]", lambda drawn: next(iter(drawn["w"]))),
        ("str(len({w}))", lambda drawn: str(sum(1 for _ in drawn["w"]))),
        (f"'{mark[0]}'.join({{w}})", lambda drawn: drawn["w"][0] + "".join(mark[0] + c for c in drawn["w"][1:])),
    )
    return rng.choice(forms)


def _on_list(rng: Random) -> tuple[dict[str, Slot], str, Callable[[dict[str, Any]], object]]:
    slots: dict[str, Slot] = {"items": Numbers(0, 50, 3, 6, decimals=0, negatives=0)}
    number = rng.randint(1, 9)
    whole: tuple[Part, ...] = (
        ("sum(nums)", lambda drawn: int(sum(map(float, drawn["items"])))),
        ("max(nums)", lambda drawn: sorted(drawn["items"])[-1]),
        ("min(nums)", lambda drawn: sorted(drawn["items"])[0]),
        ("len(nums)", lambda drawn: sum(1 for _ in drawn["items"])),
        ("nums[0]", lambda drawn: next(iter(drawn["items"]))),
        ("nums[-1]", lambda drawn: next(reversed(drawn["items"]))),
        (str(number), lambda drawn: number),
    )
    each: tuple[Part, ...] = (
        (f"[n + {number} for n in nums]", lambda drawn: [number + n for n in drawn["items"]]),
        (f"[n * {number + 1} for n in nums]", lambda drawn: [sum([n] * (number + 1)) for n in drawn["items"]]),
        (
            f"[n % {number + 1} for n in nums]",
            lambda drawn: [n - (number + 1) * (n // (number + 1)) for n in drawn["items"]],
        ),
        ("sorted(nums)[1:]", lambda drawn: sorted(drawn["items"])[-len(drawn["items"]) + 1 :]),
        ("nums[1:]", lambda drawn: [n for k, n in enumerate(drawn["items"]) if k]),
        ("nums + nums", lambda drawn: [*drawn["items"], *drawn["items"]]),
        ("nums[::-1] + nums", lambda drawn: [*reversed(drawn["items"]), *drawn["items"]]),
        (f"nums + [{number}]", lambda drawn: [*drawn["items"], number]),
        (f"[n for n in nums if n > {number * 4}]", lambda drawn: [n for n in drawn["items"] if not n <= number * 4]),
        ("[-n for n in nums]", lambda drawn: [0 - n for n in drawn["items"]]),
    )
    text, compute = rng.choice(each) if rng.random() < 0.5 else _combined(rng, rng.choice(whole), rng.choice(whole))
    return slots, f"nums = {{items}}\nprint({text})", compute


def _formatted(rng: Random) -> tuple[dict[str, Slot], str, Callable[[dict[str, Any]], object]]:
    label, mark = rng.choice(WORDS), rng.choice((":", " =", " ->", " /", ";"))
    slots: dict[str, Slot] = {"a": Int(1, 500, words=False, commas=False), "w": Word(plain=True)}
    if rng.random() < 0.5:
        slots = dict(reversed(slots.items()))
    first, second = list(slots)
    return (
        slots,
        f"print('{label}{mark}', {{{first}}}, '{mark[-1]}', {{{second}}})",
        lambda drawn: f"{label}{mark} {drawn[first]} {mark[-1]} {drawn[second]}",
    )
