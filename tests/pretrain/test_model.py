"""The training twin is the model that transformers loads."""

import numpy as np
import pytest
import torch

from core.errors import TrainingError
from training.pretraining.arena import Arena, Rule, slots
from training.pretraining.model import Twin, to_qwen2
from training.pretraining.optimizer import Optimizer, Rates, orthogonal, share_out
from training.pretraining.schedule import Budget, Schedule
from training.pretraining.shape import Shape
from training.pretraining.word_vectors import WordVectors, WordVectorTable

SHAPE = Shape(50, hidden=32, layers=2, heads=2, feed_forward=48, context=64)


def words(dimensions: int = 32) -> WordVectors:
    vectors = np.random.default_rng(0).normal(size=(10, dimensions)).astype(np.float32)
    return WordVectors(np.arange(5, 15), vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.mark.parametrize("with_words", [False, True])
def test_the_exported_model_gives_the_same_logits(with_words: bool) -> None:
    table = WordVectorTable(SHAPE, words(), seed=1) if with_words else None
    twin = Twin(SHAPE, seed=0, embedding=table, dtype=torch.float32)
    for parameter in twin.parameters():  # also where training begins with ones and zeros
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(2))
    ids = torch.randint(0, 50, (3, 17), generator=torch.Generator().manual_seed(3))

    with torch.no_grad():
        ours = twin(ids, torch.arange(ids.numel())).view(3, 17, 50)
        theirs = to_qwen2(twin, end=2, pad=0)(ids).logits

    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_later_tokens_change_nothing_before_them() -> None:
    twin = Twin(SHAPE, seed=0, dtype=torch.float32)
    ids = torch.randint(0, 50, (1, 12), generator=torch.Generator().manual_seed(3))
    changed = ids.clone()
    changed[0, 8:] = 7

    with torch.no_grad():
        torch.testing.assert_close(twin(ids, torch.arange(8)), twin(changed, torch.arange(8)))


@pytest.mark.parametrize("dimensions", [32, 20, 48])
def test_words_begin_as_alike_as_their_vectors(dimensions: int) -> None:
    given = words(dimensions)
    table = WordVectorTable(SHAPE, given, seed=1).table().detach()

    assert table.shape == (50, 32)
    if dimensions <= 32:
        rows = torch.nn.functional.normalize(table[5:15], dim=1)
        vectors = torch.from_numpy(given.vectors)
        torch.testing.assert_close(rows @ rows.T, vectors @ vectors.T, atol=1e-5, rtol=1e-4)
    plain = WordVectorTable(SHAPE, words(dimensions), seed=1).plain
    torch.testing.assert_close(table[:5], plain[:5])
    torch.testing.assert_close(table[15:], plain[5:])


def test_a_word_that_never_occurs_moves_with_its_synonym() -> None:
    given = words()
    given.vectors[1] = given.vectors[0]
    twin = Twin(SHAPE, seed=0, embedding=WordVectorTable(SHAPE, given, seed=1), dtype=torch.float32)
    before = twin.embedding.table().detach()[6].clone()  # type: ignore[operator]
    arena = Arena.around(twin, 1)
    arena.carry(twin, 0)
    ids = torch.tensor([[5, 5, 5]])
    torch.nn.functional.cross_entropy(twin(ids, torch.arange(2)), torch.tensor([5, 5])).backward()

    Optimizer(arena, slots(twin), Rates()).step(1, 1.0)

    after = twin.embedding.table().detach()  # type: ignore[operator]
    assert (after[6] - before).norm() > 0.2 * (after[5] - before).norm() > 0


@pytest.mark.parametrize("shape", [(64, 64), (96, 32), (32, 96)])
def test_muon_steps_have_singular_values_near_one(shape: tuple[int, int]) -> None:
    step = orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(0)))

    values = torch.linalg.svdvals(step)

    assert values.max() < 1.5
    assert (values > 0.5).float().mean() > 0.95  # all but the smallest of a square matrix


def test_workers_share_all_parameters_once_and_about_evenly() -> None:
    all_slots = slots(Twin(Shape(4096), seed=0))

    shares = share_out(all_slots, 2)

    assert sorted(slot.name for share in shares for slot in share) == sorted(slot.name for slot in all_slots)
    sizes = [sum(slot.size for slot in share if slot.rule is Rule.MUON) for share in shares]
    assert max(sizes) < 2 * min(sizes)


def test_gradients_of_all_workers_count() -> None:
    def updated(parts: int) -> torch.Tensor:
        twin = Twin(SHAPE, seed=0, dtype=torch.float32)
        arena = Arena.around(twin, parts)
        gradient = torch.randn(arena.gradients.shape[1], generator=torch.Generator().manual_seed(1))
        arena.gradients[:] = gradient / parts
        for owned in share_out(slots(twin), parts):
            Optimizer(arena, owned, Rates()).step(1, 1.0)
        return arena.weights

    torch.testing.assert_close(updated(1), updated(2), atol=1e-5, rtol=1e-4)


def test_the_rate_warms_up_stays_and_falls() -> None:
    schedule = Schedule(warmup_steps=10, flat=0.2, floor=0.01)

    assert schedule.factor(1, 0.0) == pytest.approx(0.1)
    assert schedule.factor(10, 0.1) == schedule.factor(500, 0.2) == 1.0
    assert schedule.factor(500, 0.6) == pytest.approx(0.505)
    assert schedule.factor(900, 1.0) == pytest.approx(0.01)
    assert Schedule(10, 0.2, "linear").factor(500, 0.6) == pytest.approx(0.505)


def test_minutes_become_tokens_once_before_anything_depends_on_them() -> None:
    budget = Budget(None, minutes=10)

    assert not budget.fix(50_000, 59, 60_000, 0.15)
    assert budget.share(50_000) == 0
    assert budget.fix(61_000, 61, 70_000, 0.15)
    assert budget.tokens == 600_000
    assert not budget.fix(900_000, 120, 0, 0.15)
    assert budget.share(300_000) == 0.5


def test_short_rows_that_are_under_way_stay_in_the_short_part() -> None:
    budget = Budget(None, minutes=10)
    budget.fix(61_000, 61, 300_000, 0.15)

    assert budget.tokens is not None
    assert 0.15 * budget.tokens > 300_000


@pytest.mark.parametrize("wrong", [{"hidden": 30, "heads": 4}, {"heads": 0}, {"layers": 0}])
def test_impossible_shapes_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(TrainingError):
        Shape(50, **wrong)
