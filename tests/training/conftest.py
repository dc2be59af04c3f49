"""One taught model for all tests of the learning stages; tests that change it work on a copy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.training.tiny import make_model, seed_rows, write_rows
from training.finetune import Flags, Run, finetune

TAUGHT = Flags(epochs=60, learning_rate=5e-3, batch_size=4)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small only wait at barriers with more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A models folder with an untrained codeact-mini, and a run that was taught the seed rows by the real trainer."""
    models = tmp_path_factory.mktemp("school") / "models"
    make_model(models / "codeact-mini")
    data = write_rows(models.parent / "train.jsonl", *seed_rows())
    return models, finetune([data], models=models, base="codeact-mini", out="taught", flags=TAUGHT)


@pytest.fixture
def models(school: tuple[Path, Run], tmp_path: Path) -> Path:
    """A copy of that folder."""
    return Path(shutil.copytree(school[0], tmp_path / "models"))
