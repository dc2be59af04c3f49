"""A family: one kind of question, the program that answers it, and an independent way to know the answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from training.corpus.values import Drawn, Slot

_SLOT = re.compile(r"\{(\w+)\}")

Check = Callable[[str], bool]
"""Says whether an output is right, for programs whose output is drawn by chance."""


@dataclass(frozen=True)
class Family:
    """One kind of question.

    `means` tells a writer what is asked, precisely. `thought` is one fixed sentence. `program` is a template whose
    `{slot}`s become Python literals; `decimal_program` replaces it where a value is a decimal number. `value` computes
    the printed output from the slots' values, in their order, in its own way: it returns the value that is printed,
    or a `Check`.
    `where` rejects combinations of values that make no sense.

    `kind` names what the family works on ("numbers", "word", "integer", …): a follow-up may change the operation to
    another family of the same kind with the same slots. `mistaken` are families that a listener may take this one for,
    with the same slots. `shown` families are trained only with a helpful example in front; `held_out` families never.
    `weight` is the relative frequency within the group. A slot `content` is the text of the file in slot `f`.
    """

    name: str
    means: str
    slots: Mapping[str, Slot]
    thought: str
    program: str
    value: Callable[..., object]
    where: Callable[..., bool] | None = None
    decimal_program: str = ""
    kind: str = ""
    mistaken: tuple[str, ...] = ()
    weight: float = 1.0
    shown: bool = False
    held_out: bool = False
    group: str = field(default="", compare=False)

    def code(self, drawn: Drawn) -> str:
        """The program for these values."""
        parts = self._decimal_parts if self._decimal_parts and _has_decimal(drawn) else self._parts
        return "".join(self.slots[part].code(drawn[part]) if is_slot else part for is_slot, part in parts)

    def expected(self, drawn: Drawn) -> str | Check:
        """What the program must print, without the last line break, or the check that its output must pass."""
        answer = self.value(*drawn.values())
        return answer if callable(answer) else str(answer)

    @cached_property
    def _parts(self) -> tuple[tuple[bool, str], ...]:
        return split_slots(self.program, self.slots)

    @cached_property
    def _decimal_parts(self) -> tuple[tuple[bool, str], ...]:
        return split_slots(self.decimal_program, self.slots)


def split_slots(template: str, names: Mapping[str, object]) -> tuple[tuple[bool, str], ...]:
    """A template as (is a slot, its name or the text) pairs; braces around other words stay text."""
    parts: list[tuple[bool, str]] = []
    end = 0
    for match in _SLOT.finditer(template):
        if match.group(1) in names:
            parts += [(False, template[end : match.start()]), (True, match.group(1))]
            end = match.end()
    parts.append((False, template[end:]))
    return tuple(part for part in parts if part[1])


def _has_decimal(drawn: Drawn) -> bool:
    return any(
        isinstance(value, float) or (isinstance(value, list) and any(isinstance(item, float) for item in value))
        for value in drawn.values()
    )
