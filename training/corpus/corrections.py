"""Corrections: a wrong answer, with or without the mark, and what the person says then."""

from collections.abc import Mapping
from typing import Any

from core.conversation import Turn
from training.corpus.asked import Answer, Asked, turn_of
from training.corpus.catalogue import families
from training.corpus.family import Family
from training.corpus.mixture import Choice
from training.corpus.phrases import Phrase, Piece
from training.corpus.questions import Asker, NoValues
from training.corpus.repairs import broken
from training.corpus.values import Drawer, Int, Number, Numbers, UpTo

_NUMERIC = (Int, Number, UpTo)
Corrected = tuple[Turn, Asked]


class Corrector:
    """Makes a wrong turn and the question that corrects it."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._rng = asker.rng
        usable = [f for f in families().values() if not f.held_out and not f.shown]
        names = {f.name for f in usable}
        pairs = {(f.name, other) for f in usable for other in f.mistaken if other in names}
        pairs |= {(other, name) for name, other in pairs}
        self._pairs = {
            name: tuple(other for one, other in sorted(pairs) if one == name) for name in {one for one, _ in pairs}
        }
        self._mistaken = Choice(lambda family: family.name in self._pairs)
        self._valued = Choice(lambda family: family.name in names and _number_slot(family) != "")
        self._any = Choice(
            lambda family: family.name in names and family.group not in ("smalltalk", "declines", "files")
        )

    def wrong_operation(self) -> Corrected | None:
        """Another operation was done than the one that is meant."""
        family = self._asker.family(self._mistaken)
        other = families()[self._rng.choice(self._pairs[family.name])]
        found = self._shared_values(family, other)
        if found is None:
            return None
        drawn, wrong_drawn, wrong = found
        asked_for = family if self._rng.random() < 0.6 else other  # the bot misunderstood, or the person said it wrong
        first = self._asker.about(asked_for, drawn if asked_for is family else wrong_drawn)
        right = self._asker.answer(family, drawn)
        if first is None or right is None or right.output == wrong.output:
            return None
        said = self._contrasted(family, other, drawn, wrong_drawn)
        if said is None:
            return None
        pieces, pattern = said
        text = self._asker.message(pieces, chat=True)
        return self._turn(first, wrong), self._asker.asked(family, drawn, text, right, pattern)

    def _shared_values(self, family: Family, other: Family) -> tuple[dict[str, Any], dict[str, Any], Answer] | None:
        try:
            drawn = self._asker.draw(family)
        except NoValues:
            return None
        if set(other.slots) != set(drawn):
            return None
        wrong_drawn = {name: drawn[name] for name in other.slots}
        if not self._asker.fits(other, wrong_drawn):
            return None
        wrong = self._asker.answer(other, wrong_drawn)
        return (drawn, wrong_drawn, wrong) if wrong else None

    def _contrasted(
        self, family: Family, other: Family, drawn: Mapping[str, Any], wrong_drawn: Mapping[str, Any]
    ) -> tuple[list[Piece], str] | None:
        special = self._asker.wording.corrects.get((family.name, other.name), ())
        if special and self._rng.random() < 0.6:
            phrase = self._rng.choice(special)
            return self._asker.said(phrase, family, drawn), phrase.text
        form = self._rng.choice(("np", "vp", "np"))
        mine, theirs = (self._core(one, form) for one in (family, other))
        if mine is None or theirs is None:
            return None
        frame = self._rng.choice(self._asker.wording.parts["wrong" if form == "np" else "wrong act"])
        cores = {
            "x": self._stressed(self._asker.said(mine, family, drawn)),
            "y": self._asker.said(theirs, other, wrong_drawn),
        }
        return self._asker.within(frame, cores), f"{frame.text} | {mine.text}"

    def _core(self, family: Family, form: str) -> Phrase | None:
        phrases = [phrase for phrase in self._asker.wording.trained[family.name] if phrase.form == form]
        return self._rng.choice(phrases) if phrases else None

    def _stressed(self, pieces: list[Piece]) -> list[Piece]:
        """Now and then a word in capitals, as in "the FIRST 10 primes"."""
        if self._rng.random() > 0.15:
            return pieces
        places = [place for place, piece in enumerate(pieces) if not piece.protected and len(piece.text.split()) > 1]
        if not places:
            return pieces
        place = self._rng.choice(places)
        words = pieces[place].text.split(" ")
        long = [k for k, word in enumerate(words) if len(word) > 3]
        if long:
            chosen = self._rng.choice(long)
            words[chosen] = words[chosen].upper()
        return [*pieces[:place], Piece(" ".join(words)), *pieces[place + 1 :]]

    def wrong_value(self) -> Corrected | None:
        """The right operation was done with another number, or on a list with another number in it."""
        family = self._asker.family(self._valued)
        name = _number_slot(family)
        try:
            drawn = self._asker.draw(family)
        except NoValues:
            return None
        wrong_drawn = {**drawn, name: self._other(drawn[name])}
        if not self._asker.fits(family, wrong_drawn):
            return None
        if list(drawn.values()).count(drawn[name]) > 1 or wrong_drawn[name] in drawn.values():
            return None
        said_wrong = self._rng.random() < 0.4
        first = self._asker.about(family, wrong_drawn if said_wrong else drawn)
        right, wrong = self._asker.answer(family, drawn), self._asker.answer(family, wrong_drawn)
        if first is None or right is None or wrong is None or right.output == wrong.output:
            return None
        frame = self._rng.choice(self._asker.wording.parts["wrong value"])
        cores = {
            slot: [Piece(self._asker.value(family, name, values[name]), True)]
            for slot, values in (("v", drawn), ("w", wrong_drawn))
        }
        text = self._asker.message(self._asker.within(frame, cores), chat=True)
        return self._turn(first, wrong), self._asker.asked(family, drawn, text, right, frame.text)

    def _other(self, value: Any) -> Any:
        """A value that could stand there by mistake: a neighbour, a digit lost or doubled, two digits swapped."""
        digits = str(value)
        draw = self._rng.random()
        if isinstance(value, float) or draw < 0.4:
            return value + self._rng.choice((-1, 1, 1, 2, 10))
        if draw < 0.6 and len(digits) > 1:
            return int(digits[:-1]) if digits[:-1] not in ("-", "") else value + 1
        if draw < 0.8:
            return int(digits + self._rng.choice("0123456789"))
        return int(digits[::-1]) if digits.isdigit() and digits[::-1] != digits else value + 3

    def restated(self) -> Corrected | None:
        """Something else was done; the person repeats the question, says it in other words, or only says no."""
        family = self._asker.family(self._any)
        first = self._asker.ask(family)
        if first is None:
            return None
        turn = self._failed(first) if self._rng.random() < 0.15 else self._mistaken_turn(family, first)
        if turn is None:
            return None
        parts = self._asker.wording.parts
        if self._rng.random() < 0.3:
            frame = self._rng.choice(parts["again alone"])
            pieces = [Piece(frame.text)]
        else:
            phrase = self._asker.phrase(family)
            core = (
                self._asker.framed(phrase, family, first.drawn)
                if self._rng.random() < 0.7
                else [Piece(first.text, True)]
            )
            frame = self._rng.choice(parts["again"])
            pieces = self._asker.within(frame, {"x": core})
        text = self._asker.message(pieces, chat=True)
        right = self._asker.asked(family, first.drawn, text, first.answer, frame.text)
        return turn, right

    def _failed(self, first: Asked) -> Turn | None:
        """A turn that ended with a program that failed."""
        found = broken(self._rng, first)
        return turn_of(first.text, found[2], self._label(), first.files) if found else None

    def _mistaken_turn(self, family: Family, first: Asked) -> Turn | None:
        """A turn that answered something else."""
        wrong = self._mistake(family, first)
        return self._turn(first, wrong) if wrong and wrong.output != first.answer.output else None

    def _mistake(self, family: Family, first: Asked) -> Answer | None:
        """A wrong answer: another family's, on the same values where that is possible."""
        for _ in range(6):
            other = self._asker.family(self._any)
            if other.name == family.name:
                continue
            if _same_slots(family, other):
                drawn = {name: first.drawn[name] for name in other.slots}
                if self._asker.fits(other, drawn):
                    return self._asker.answer(other, drawn)
        numbers = [name for name, slot in family.slots.items() if isinstance(slot, Numbers)]
        if numbers and len(first.drawn[numbers[0]]) > 3:  # one element was lost
            items = list(first.drawn[numbers[0]])
            del items[self._rng.randrange(len(items))]
            changed = {**first.drawn, numbers[0]: items}
            if self._asker.fits(family, changed):
                return self._asker.answer(family, changed)
        return None

    def _turn(self, first: Asked, wrong: Answer) -> Turn:
        return first.turn(answer=wrong, label=self._label())

    def _label(self) -> bool | None:
        """Most people mark what is wrong before they say so."""
        return False if self._rng.random() < 0.6 else None


def _same_slots(family: Family, other: Family) -> bool:
    """Whether two families work on values of the same kinds."""
    return set(other.slots) == set(family.slots) and all(
        other.slots[name] == slot or (type(other.slots[name]) is type(slot) and not isinstance(slot, Drawer))
        for name, slot in family.slots.items()
    )


def _number_slot(family: Family) -> str:
    """The one slot of a family that holds a number, if there is exactly one."""
    names = [name for name, slot in family.slots.items() if isinstance(slot, _NUMERIC)]
    return names[0] if len(names) == 1 and "content" not in family.slots else ""
