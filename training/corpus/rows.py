"""Rows of every form: single questions, examples in front, later turns, corrections, repairs."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, NotRequired, TypedDict

from core.conversation import Attempt, Message, Role, Turn
from core.prompt import Example, observe, render, tell, write
from training.corpus.asked import Answer, Asked
from training.corpus.catalogue import families
from training.corpus.clock import set_clock
from training.corpus.compositions import Composer
from training.corpus.corrections import Corrected, Corrector
from training.corpus.family import Family
from training.corpus.followups import Follower
from training.corpus.madeup import Inventor
from training.corpus.mixture import FORMS, SHORT_FORMS, Choice
from training.corpus.questions import Asker, choice_of
from training.corpus.repairs import DIVISION_SENTENCE, DIVISION_THOUGHT, broken
from training.corpus.values import Sentence, Slot, Taste, Text, Word, WordOf, Words
from training.corpus.verify import ProgramFailed, ProgramTooSlow, run
from training.corpus.ways import WAYS, Way

Split = Literal["train", "held_out_pattern", "held_out_word", "held_out_composition", "held_out_family"]
SPLITS: tuple[Split, ...] = (
    "train",
    "held_out_pattern",
    "held_out_word",
    "held_out_composition",
    "held_out_family",
)
_WORDED: tuple[type[Slot], ...] = (Word, Words, Text, Sentence, WordOf)
_CLOCK_MINUTES = 3 * 365 * 24 * 60
_KEPT = 40  # questions of each group that may come again as examples and earlier turns
_TRIES = 6
_WITH_RESULT = ("arithmetic", "numbers", "sequences", "lists", "words", "searches", "statistics", "problems")
_COPIES = ("echo", "echo_list", "reverse_text", "upper", "first_letter", "list_letters", "capitalize", "join_words")


class Said(TypedDict):
    """A message of a row."""

    role: str
    content: str


class Row(TypedDict):
    """One row of the corpus, in the conventions of TRL, and what it is about."""

    prompt: list[Said]
    completion: list[Said]
    family: str
    group: str
    form: str
    split: Split
    pattern: str
    output: str
    short: NotRequired[bool]


@dataclass(frozen=True, slots=True)
class Made:
    """The parts of a row: all messages before the answer, and the question with its answer."""

    messages: tuple[Message, ...]
    asked: Asked
    answer: Answer


class Maker:
    """Makes rows with one source of chance."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.asker = Asker(rng)
        self._composer = Composer(self.asker)
        self._inventor = Inventor(self.asker)
        self._follower = Follower(self.asker)
        self._corrector = Corrector(self.asker)
        self._plain = Choice(lambda f: not f.held_out and not f.shown)
        self._followed = Choice(lambda f: not f.held_out and not f.shown and f.group not in ("smalltalk", "declines"))
        self._operable = Choice(lambda f: self._followed.has(f) and self._follower.can_change_operation(f))
        self._with_result = Choice(lambda f: self._followed.has(f) and f.group in _WITH_RESULT)
        self._shown = Choice(lambda f: f.shown)
        self._never = Choice(lambda f: f.held_out)
        self._worded = Choice(lambda f: not f.held_out and not f.shown and _has_words(f))
        self._single_words = Choice(lambda f: not f.held_out and not f.shown and f.group == "words" and _has_words(f))
        self._short_lists = Choice(
            lambda f: not f.held_out and not f.shown and f.group in ("lists", "statistics", "wordlists", "sets")
        )
        held = self.asker.wording.never_trained
        self._patterned = Choice(lambda f: not f.held_out and not f.shown and f.name in held)
        self._copied = choice_of(*_COPIES)
        self._recent: dict[str, list[Asked]] = {}
        self._forms: dict[str, Callable[[], Made | None]] = {
            "single": lambda: self._alone(self._ask(self._plain)),
            "copy": lambda: self._alone(self._ask(self._copied)),
            "composition": lambda: self._alone(self._composer.ask()),
            "short_word": lambda: self._alone(self._ask(self._single_words)),
            "short_list": lambda: self._alone(self._ask(self._short_lists)),
            "helpful": self._helpful,
            "irrelevant": self._irrelevant,
            "two_examples": self._two_examples,
            "made_up": self._made_up,
            "in_its_way": self._in_its_way,
            "more_values": lambda: self._later(self._follower.more_values),
            "other_operation": lambda: self._later(self._follower.other_operation, self._operable),
            "on_result": lambda: self._later(self._follower.on_result, self._with_result),
            "second": self._second,
            "wrong_operation": lambda: self._corrected(self._corrector.wrong_operation()),
            "wrong_value": lambda: self._corrected(self._corrector.wrong_value()),
            "restated": lambda: self._corrected(self._corrector.restated()),
            "repair": self._repair,
        }

    def begin(self, seed: str) -> None:
        """Forget what was made before; from here on the rows depend on `seed` alone."""
        self._rng.seed(seed)
        self._recent.clear()
        set_clock(self._rng.randrange(_CLOCK_MINUTES))
        self.asker.mismatches = Counter()

    def row(self, *, short: float = 0.0, split: Split = "train") -> Row | None:
        """One row, or None where this draw of chance led nowhere. `short` is the share of rows with short values."""
        tiny = short > 0 and self._rng.random() < short
        self.asker.taste = Taste(tiny=tiny, held_out=split == "held_out_word")
        form = self._form(tiny, split)
        try:
            made = self._tried(self._forms[form]) if split == "train" else self._held_out(split)
        except ProgramTooSlow:
            return None
        if made is None:
            return None
        self._remember(made.asked)
        row = to_row(made, form, split)
        if tiny:
            row["short"] = True
        return row

    def _tried(self, make: Callable[[], Made | None]) -> Made | None:
        """The first of some tries that leads to a row, so that rare forms keep their share."""
        return next((made for _ in range(_TRIES) if (made := make())), None)

    def _form(self, tiny: bool, split: Split) -> str:
        if split != "train":
            return {"held_out_composition": "composition", "held_out_family": "helpful"}.get(split, "single")
        weights = SHORT_FORMS if tiny else FORMS
        return self._rng.choices(list(weights), list(weights.values()))[0]

    def _held_out(self, split: Split) -> Made | None:
        """A row whose pattern, word, combination or family is never trained."""
        if split == "held_out_composition":
            return self._alone(self._composer.ask(held_out=True))
        if split == "held_out_word":
            return self._alone(self._ask(self._worded))
        if split == "held_out_pattern":
            return self._alone(self.asker.ask(self.asker.family(self._patterned), held_out=True))
        if self._rng.random() < 0.3:
            return self._made_up(held_out=True)
        return self._with_help(self.asker.family(self._never))

    # One message -----------------------------------------------------------------------------------------------

    def _ask(self, choice: Choice) -> Asked | None:
        return self.asker.ask(self.asker.family(choice))

    def _alone(self, asked: Asked | None) -> Made | None:
        return self._made((), asked) if asked else None

    def _made(
        self, history: Sequence[Turn], asked: Asked, examples: Sequence[Example] = (), answer: Answer | None = None
    ) -> Made:
        messages = render(history, asked.text, files=asked.files, examples=examples)
        return Made(messages, asked, answer or asked.answer)

    # Examples --------------------------------------------------------------------------------------------------

    def _helpful(self) -> Made | None:
        """An example of the same family; for a share of the rows of a family that is never asked without one."""
        return self._with_help(self.asker.family(self._shown if self._rng.random() < 0.4 else self._plain))

    def _with_help(self, family: Family) -> Made | None:
        example, asked = self.asker.ask(family), self.asker.ask(family)
        if example is None or asked is None or (family.slots and example.text == asked.text):
            return None
        return self._made((), asked, [example.example])

    def _irrelevant(self) -> Made | None:
        """An example that does not help, of the same group every other time, so that words are alike."""
        asked = self._composer.ask() if self._rng.random() < 0.15 else self._ask(self._plain)
        example = self._other_than(asked)
        return self._made((), asked, [example.example]) if asked and example else None

    def _other_than(self, asked: Asked | None) -> Asked | None:
        """A question of another family that was made a while ago, every other time of the same group."""
        if asked is None:
            return None
        groups = [asked.group] if self._rng.random() < 0.5 and asked.group in self._recent else list(self._recent)
        if not groups:
            return None
        other = self._rng.choice(self._recent[self._rng.choice(groups)])
        return other if other.name != asked.name else None

    def _any_recent(self) -> Asked | None:
        """A question that was made a while ago."""
        if not self._recent:
            return None
        return self._rng.choice(self._recent[self._rng.choice(list(self._recent))])

    def _remember(self, asked: Asked) -> None:
        """Keep a question that can stand alone, to be an example or an earlier turn of later rows."""
        if asked.stands_alone and len(asked.text) + len(asked.answer.completion) < 500:
            kept = self._recent.setdefault(asked.group, [])
            if len(kept) < _KEPT:
                kept.append(asked)
            else:
                kept[self._rng.randrange(_KEPT)] = asked

    def _two_examples(self) -> Made | None:
        """Two examples: one that helps and one that does not, in either order, or two that do not."""
        if self._rng.random() < 0.2:
            pair = self._inventor.pair()
            if pair is None:
                return None
            helpful, asked = pair
        else:
            family = self.asker.family(self._shown if self._rng.random() < 0.25 else self._plain)
            first, second = self.asker.ask(family), self.asker.ask(family)
            if first is None or second is None:
                return None
            helpful, asked = first, second
            if not family.shown and self._rng.random() < 0.4:
                other = self._other_than(asked)
                if other is None:
                    return None
                helpful = other
        other = self._other_than(asked)
        if other is None:
            return None
        examples = [helpful.example, other.example]
        self._rng.shuffle(examples)
        return self._made((), asked, examples)

    def _made_up(self, *, held_out: bool = False) -> Made | None:
        pair = self._inventor.pair(held_out=held_out)
        return self._made((), pair[1], [pair[0].example]) if pair else None

    def _in_its_way(self) -> Made | None:
        """An example whose program does the usual in a way of its own; the answer follows it."""
        family = self.asker.family(self._plain)
        example, asked = self.asker.ask(family), self.asker.ask(family)
        if example is None or asked is None or example.text == asked.text or asked.files:
            return None
        change = self._rng.choice(WAYS)(self._rng)
        changed = [self._changed(one, change) for one in (example, asked)]
        if changed[0] is None or changed[1] is None:
            return None
        return self._made(
            (), replace(asked, stands_alone=False), [replace(example, answer=changed[0]).example], changed[1]
        )

    def _changed(self, asked: Asked, change: Way) -> Answer | None:
        """The answer in another way: the program is changed, run, and must print the same with the known addition."""
        code, before = change(asked.answer.code)
        if code == asked.answer.code or "random" in code:
            return None
        output = run(code).removesuffix("\n")
        if output != before + asked.answer.output:
            self.asker.mismatches[asked.name] += 1
            return None
        return Answer(asked.answer.thought, code, output)

    # Conversations ---------------------------------------------------------------------------------------------

    def _later(self, follow: Callable[[Asked], Asked | None], choice: Choice | None = None) -> Made | None:
        before = self._composer.ask() if choice and self._rng.random() < 0.15 else self._ask(choice or self._followed)
        asked = follow(before) if before else None
        if before is None or asked is None:
            return None
        return self._made([*self._earlier(), before.turn(label=self._liked())], asked, self._maybe_example(asked))

    def _second(self) -> Made | None:
        """A question that has nothing to do with the one before."""
        before, asked = self._any_recent(), self._ask(self._plain)
        if before is None or asked is None:
            return None
        label = False if self._rng.random() < 0.15 else self._liked()  # some mark a turn and go on with something else
        return self._made([*self._earlier(), before.turn(label=label)], asked)

    def _corrected(self, found: Corrected | None) -> Made | None:
        if found is None:
            return None
        turn, asked = found
        return self._made([*self._earlier(), turn], asked, self._maybe_example(asked))

    def _repair(self) -> Made | None:
        """A program that failed, its traceback, and the program that works."""
        if self._rng.random() < 0.06:
            return self._division()
        asked = self._ask(self._followed)
        change = broken(self._rng, asked) if asked else None
        if asked is None or change is None:
            return None
        _, thought, attempt = change
        first = self._made(self._earlier(), asked)
        repaired = Answer(thought, asked.answer.code, asked.answer.output)
        return Made((*first.messages, *_after(attempt)), asked, repaired)

    def _division(self) -> Made | None:
        divide = families()["divide"]
        drawn = {"a": self._rng.randint(1, 200), "b": 0}
        code = divide.code(drawn)
        try:
            run(code)
        except ProgramFailed as failure:
            attempt = Attempt(write(divide.thought, code), observation=observe(str(failure)))
        phrase = self._rng.choice([p for p in self.asker.wording.trained["divide"] if p.form in ("np", "vp", "q")])
        text = self.asker.message(self.asker.framed(phrase, divide, drawn))
        repair = f"print({DIVISION_SENTENCE!r})"
        answer = Answer(DIVISION_THOUGHT, repair, run(repair).removesuffix("\n"))
        asked = self.asker.asked(divide, drawn, text, answer, phrase.text)
        return Made((*render((), text), *_after(attempt)), asked, answer)

    def _earlier(self) -> list[Turn]:
        """None, one or two unrelated turns before."""
        turns: list[Turn] = []
        while len(turns) < 2 and self._rng.random() < 0.2:
            asked = self._any_recent()
            if asked is None:
                break
            if len(asked.answer.completion) < 200:
                turns.append(asked.turn(label=self._liked()))
        return turns

    def _liked(self) -> bool | None:
        return True if self._rng.random() < 0.3 else None

    def _maybe_example(self, asked: Asked) -> list[Example]:
        """An irrelevant example in front of a conversation, now and then."""
        if self._rng.random() > 0.12:
            return []
        other = self._other_than(asked)
        return [other.example] if other else []


def to_row(made: Made, form: str, split: Split) -> Row:
    """The row as it is written."""
    return {
        "prompt": [{"role": message.role.value, "content": message.content} for message in made.messages],
        "completion": [{"role": "assistant", "content": made.answer.completion}],
        "family": made.asked.name,
        "group": made.asked.group,
        "form": form,
        "split": split,
        "pattern": made.asked.pattern,
        "output": made.answer.output,
    }


def _after(attempt: Attempt) -> tuple[Message, Message]:
    """A failed attempt and its observation, as the messages that follow a prompt."""
    return Message(Role.ASSISTANT, attempt.completion), Message(Role.USER, tell(attempt.observation))


def _has_words(family: Family) -> bool:
    return any(isinstance(slot, _WORDED) for slot in family.slots.values())
