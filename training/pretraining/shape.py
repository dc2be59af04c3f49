"""How large the model is."""

from dataclasses import dataclass

from core.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions of a Qwen2 model with as many key as query heads and tied embeddings.

    `theta` is the base of the rotary positions: small, for the model reads a thousand tokens at most. Raises
    TrainingError where the numbers do not go together.
    """

    vocabulary: int
    hidden: int = 256
    layers: int = 5
    heads: int = 4
    feed_forward: int = 704
    theta: float = 1000.0
    context: int = 1024

    def __post_init__(self) -> None:
        if min(self.vocabulary, self.hidden, self.layers, self.heads, self.feed_forward, self.context) < 1:
            raise TrainingError("Every dimension of a model must be at least 1.")
        if self.hidden % self.heads or self.hidden // self.heads % 2:
            raise TrainingError(f"{self.hidden} hidden units do not divide into {self.heads} heads of even width.")
