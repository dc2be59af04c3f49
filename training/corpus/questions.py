"""From a family to a question with its verified answer: values are drawn, a phrase is chosen, the program is run."""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

from training.corpus.asked import Answer, Asked
from training.corpus.catalogue import families
from training.corpus.family import Family
from training.corpus.mixture import Choice
from training.corpus.noise import add_noise
from training.corpus.phrases import Phrase, Piece
from training.corpus.values import Drawer, Drawn, Sentence, Taste, Text, Word, WordOf, Words
from training.corpus.verify import ProgramFailed, run
from training.corpus.vocabulary import is_near_known, known_words
from training.corpus.wording_files import HIDDEN, wording

_BARE_WORD = re.compile(r"(?<![\w'’.@#/\\-])[a-z]{4,}(?![\w'’@#/\\-]|\.\w)")
_WORDED = (Word, WordOf, Text, Sentence, Drawer)
_UNNAMED_FILES = 0.35  # the share of questions about a file that do not say its name
_FILE_NAMES = {
    "csv": ("the file", "the attached file", "this file", "my file", "the attachment", "the csv", "the table"),
    "txt": ("the file", "the attached file", "this file", "my file", "the attachment", "the text file"),
}
_DRAWS = 60
_FRAMED = ("np", "vp", "q", "if", "of")


class NoValues(Exception):
    """No values that make sense were found for a family in reasonable time."""


class Asker:
    """Makes questions with one source of chance. `mismatches` counts programs that did not print the known answer."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.taste = Taste()
        self.mismatches: Counter[str] = Counter()
        self.wording = wording()
        self._known = known_words()
        self._greetings = [phrase.text for phrase in self.wording.parts["greeting"]]
        self._goodbyes = [phrase.text for phrase in self.wording.parts["goodbye"]]

    def family(self, choice: Choice) -> Family:
        """One of the families, by their shares."""
        place = bisect(choice.cumulative, self.rng.random() * choice.cumulative[-1])
        return choice.families[min(place, len(choice.families) - 1)]

    def draw(self, family: Family, keep: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Values for a family; those in `keep` are given. Raises NoValues."""
        for _ in range(_DRAWS):
            drawn: dict[str, Any] = {}
            for name, slot in family.slots.items():
                drawn[name] = keep[name] if keep and name in keep else slot.draw(self.rng, self.taste, drawn)
            if keep and any(not family.slots[name].admits(drawn[name], drawn) for name in keep if name in drawn):
                break
            if family.where is None or family.where(*drawn.values()):
                return drawn
        raise NoValues(family.name)

    @staticmethod
    def fits(family: Family, drawn: Drawn) -> bool:
        """Whether values that were drawn for another family can be this one's too."""
        if any(not slot.admits(drawn[name], drawn) for name, slot in family.slots.items()):
            return False
        return family.where is None or family.where(*drawn.values())

    def answer(self, family: Family, drawn: Drawn) -> Answer | None:
        """The family's answer, run and compared with the value that is known independently; None where they differ."""
        code = family.code(drawn)
        files = {str(drawn["f"]): str(drawn[HIDDEN])} if HIDDEN in drawn else None
        try:
            printed = run(code, files)
        except ProgramFailed:
            self.mismatches[family.name] += 1
            return None
        output = printed.removesuffix("\n")
        expected = family.expected(drawn)
        if not (expected(output) if callable(expected) else expected.removesuffix("\n") == output.removesuffix("\n")):
            self.mismatches[family.name] += 1
            return None
        return Answer(family.thought, code, output)

    def ask(self, family: Family, *, held_out: bool = False, phrase: Phrase | None = None) -> Asked | None:
        """A whole question of a family with new values."""
        try:
            drawn = self.draw(family)
        except NoValues:
            return None
        return self.about(family, drawn, held_out=held_out, phrase=phrase)

    def about(
        self, family: Family, drawn: Drawn, *, held_out: bool = False, phrase: Phrase | None = None
    ) -> Asked | None:
        """A question of a family with these values."""
        phrase = phrase or self.phrase(family, held_out=held_out)
        answer = self.answer(family, drawn)
        if answer is None:
            return None
        text = self.message(self.framed(phrase, family, drawn), chat=family.group in ("smalltalk", "declines"))
        return self.asked(family, drawn, text, answer, phrase.text, stands_alone=True)

    @staticmethod
    def asked(
        family: Family, drawn: Drawn, text: str, answer: Answer, pattern: str, *, stands_alone: bool = False
    ) -> Asked:
        """The parts of a question as one value, with the file that comes with it."""
        files = ((str(drawn["f"]), len(drawn[HIDDEN].encode())),) if HIDDEN in drawn else ()
        return Asked(family.name, family.group, text, answer, pattern, family, drawn, files, stands_alone)

    def phrase(self, family: Family, *, held_out: bool = False) -> Phrase:
        """A phrase of a family: of the grammar or of a writer's hand, both equally often."""
        source = self.wording.never_trained if held_out else self.wording.trained
        phrases = source[family.name]
        if len(phrases) == 1:
            return phrases[0]
        first = self.rng.choice(phrases)
        if self.rng.random() < 0.5 and first.hand != "grammar":
            second = self.rng.choice(phrases)
            return second if second.hand == "grammar" else first
        return first

    def message(self, pieces: list[Piece], *, chat: bool = False) -> str:
        """The pieces as somebody types them. `chat`: it is a greeting or the like, without another one around it."""
        quiet = chat or self.rng.random() < 0.1
        return add_noise(
            self.rng,
            pieces,
            greetings=() if quiet else self._greetings,
            goodbyes=() if quiet else self._goodbyes,
            known=self._known.__contains__,
        )

    def framed(self, phrase: Phrase, family: Family, drawn: Drawn, frame: str = "") -> list[Piece]:
        """The phrase in a frame that makes a message of it; `frame` names frames other than those of its form."""
        core = self.said(phrase, family, drawn)
        heading = frame or phrase.form
        if not frame and phrase.form not in _FRAMED:
            return core
        chosen = self.rng.choice(self.wording.parts[heading])
        return self.within(chosen, {"x": core}, family, drawn)

    def within(
        self, frame: Phrase, cores: Mapping[str, list[Piece]], family: Family | None = None, drawn: Drawn | None = None
    ) -> list[Piece]:
        """A frame with whole phrases in its gaps; its other slots are the family's."""
        pieces: list[Piece] = []
        for piece in frame.say(self.rng, lambda name, bare: f"\0{name}"):
            if not piece.protected:
                pieces.append(piece)
            elif (name := piece.text[1:]) in cores:
                pieces += cores[name]
            elif family is not None and drawn is not None:
                pieces.append(Piece(self.value(family, name, drawn[name]), True))
        return pieces

    def said(
        self, phrase: Phrase, family: Family, drawn: Drawn, instead: Mapping[str, str] | None = None
    ) -> list[Piece]:
        """The phrase with its values; `instead` replaces values by words such as "them"."""
        written: dict[str, str] = {}
        if instead is None and HIDDEN in drawn and self.rng.random() < _UNNAMED_FILES:
            instead = {"f": self.rng.choice(_FILE_NAMES[str(drawn["f"])[-3:]])}

        def write(name: str, bare: bool) -> str:
            if instead and name in instead:
                return "\0" + instead[name]
            if name not in written:
                written[name] = self.value(family, name, drawn[name], bare=bare)
            return written[name]

        pieces = phrase.say(self.rng, write)
        return [Piece(piece.text[1:]) if piece.text.startswith("\0") else piece for piece in pieces]

    def value(self, family: Family, name: str, value: Any, *, bare: bool = False) -> str:
        """A value as people write it; quoted where a word in it could be read as a mistyped word of ours."""
        slot = family.slots[name]
        text = slot.write(self.rng, value, bare=bare)
        if isinstance(value, str) and isinstance(slot, _WORDED) and _is_risky(text):
            return f'"{value}"'
        if isinstance(slot, Words) and _is_risky(text):
            return ", ".join(f"'{word}'" for word in value)
        return text


def _is_risky(text: str) -> bool:
    if text[:1] in "\"'":
        return False
    return any(is_near_known(match.group()) for match in _BARE_WORD.finditer(text))


def choice_of(*names: str) -> Choice:
    """A choice among families by name."""
    wanted = frozenset(names)
    if missing := wanted - families().keys():
        raise ValueError(f"there is no family {', '.join(sorted(missing))}")
    return Choice(lambda family: family.name in wanted)
