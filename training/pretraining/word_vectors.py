"""Embeddings of known words from given word vectors, so that rare words move together with their synonyms.

The embedding of a word is V·W + D: V its frozen vector, W one learned matrix, D a small learned correction of its own
that starts at zero. What training says about "sum" so reaches "total" through W, also where "total" never occurred.
All other tokens have a plain embedding. At export all this is folded into one table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import TrainingError
from training.pretraining.shape import Shape


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Token ids (words,) and their vectors (words, dimensions), each of length 1."""

    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]


def read_word_vectors(path: Path, known: Mapping[str, int]) -> WordVectors:
    """The vectors of the words in `known` (word → token id), from an .npz file with `words` and `vectors`.

    The mean of all vectors is taken away and each is scaled to length 1. Raises TrainingError where the file is not
    such a file or holds none of the words.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            words, vectors = [str(word) for word in file["words"]], np.asarray(file["vectors"], dtype=np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"{path} holds no arrays `words` and `vectors`: {error}") from error
    if vectors.ndim != 2 or len(vectors) != len(words) or not np.isfinite(vectors).all():
        raise TrainingError(
            f"{path}: `vectors` must hold one row of finite numbers for each of the {len(words)} words."
        )
    rows = [(known[word], place) for place, word in enumerate(words) if word in known]
    if not rows:
        raise TrainingError(f"{path} holds no vector of a word that the tokenizer knows.")
    centred = vectors - vectors.mean(0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    centred /= np.maximum(lengths, 1e-6)
    ids, places = (np.array(column, dtype=np.int64) for column in zip(*sorted(dict(rows).items()), strict=True))
    return WordVectors(ids, centred[places])


class WordVectorTable(nn.Module):
    """An embedding table in which some tokens are words with given vectors."""

    def __init__(self, shape: Shape, given: WordVectors, *, seed: int) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        words = torch.from_numpy(given.ids)
        is_plain = torch.ones(shape.vocabulary, dtype=torch.bool)
        is_plain[words] = False
        order = torch.cat((torch.arange(shape.vocabulary)[is_plain], words))
        self.register_buffer("place", order.argsort(), persistent=False)  # token id → row below
        self.register_buffer("vectors", torch.from_numpy(given.vectors), persistent=False)
        plain = torch.empty(shape.vocabulary - len(words), shape.hidden)
        self.plain = nn.Parameter(plain.normal_(0, 0.02, generator=random))
        self.correction = nn.Parameter(torch.zeros(len(words), shape.hidden))
        self.turn = nn.Parameter(_like_identity(given.vectors.shape[1], shape.hidden, random))

    def table(self) -> Tensor:
        """Embeddings of all tokens: (vocabulary, hidden)."""
        assert isinstance(self.vectors, Tensor)  # noqa: S101 (tells the type checker what a buffer is)
        assert isinstance(self.place, Tensor)  # noqa: S101
        words = self.vectors @ self.turn + self.correction
        return torch.cat((self.plain, words)).index_select(0, self.place)


def _like_identity(rows: int, columns: int, random: torch.Generator) -> Tensor:
    """Keeps angles between vectors, at the size of ordinary embeddings: orthogonal rows or columns, scaled."""
    matrix = torch.eye(rows, columns)
    if rows != columns:
        nn.init.orthogonal_(matrix, generator=random)
    return matrix.mul_(0.02 * columns**0.5)
