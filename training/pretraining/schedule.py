"""How the learning rate goes, and how much there is to learn: a number of tokens, or minutes that become one."""

import math
from dataclasses import dataclass
from typing import Literal

_MEASURED = 0.1  # of the minutes, after which their number of tokens is known


@dataclass(frozen=True, slots=True)
class Schedule:
    """Warm-up in steps, a flat part, then a fall to `floor` of the peak; `flat` is a share of the whole.

    While the number of tokens is not known yet, the rate is that of the flat part.
    """

    warmup_steps: int = 60
    flat: float = 0.2
    fall: Literal["cosine", "linear"] = "cosine"
    floor: float = 0.01

    def factor(self, step: int, done: float) -> float:
        """The factor on the peak rates for the step with this number (from 1), with this share of the tokens done."""
        warm = min(1.0, step / max(1, self.warmup_steps))
        if done <= self.flat:
            return warm
        fallen = min(1.0, (done - self.flat) / (1 - self.flat))
        height = 0.5 * (1 + math.cos(math.pi * fallen)) if self.fall == "cosine" else 1 - fallen
        return warm * (self.floor + (1 - self.floor) * height)


@dataclass(slots=True)
class Budget:
    """The tokens to learn from. Minutes are turned into tokens once, early: until then nothing depends on their number,
    so a run by minutes is repeated exactly by its number of tokens.
    """

    tokens: int | None
    minutes: float | None = None

    def fix(self, done_tokens: int, seconds: float, planned_tokens: int, short_share: float) -> bool:
        """Turn minutes into tokens once a tenth of them is over; True if that happened now.

        `planned_tokens` are on their way to the workers as short rows already: they must all lie in the short part.
        """
        if self.tokens is not None or self.minutes is None or seconds < 60 * self.minutes * _MEASURED:
            return False
        wish = round(done_tokens / seconds * 60 * self.minutes / 10_000) * 10_000
        self.tokens = max(wish, math.ceil(planned_tokens / short_share) + 1 if short_share else 0, 10_000)
        return True

    def share(self, done_tokens: int) -> float:
        """The share that is done, 0 while it is not known."""
        return min(1.0, done_tokens / self.tokens) if self.tokens else 0.0
