"""Runs are new folders with names that tell, found again by name, whatever lies beside them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.engine.pointer import point_to
from core.errors import ModelNotFound, TrainingError
from training.runs import (
    default_name,
    find_model,
    list_models,
    new_run,
    read_model,
    run_folder,
    update_card,
    weights_sha256,
)

DAY = datetime(2026, 12, 3, tzinfo=UTC)


def model(folder: Path, card: object = None) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(folder.name.encode())
    if card is not None:
        (folder / "card.json").write_text(card if isinstance(card, str) else json.dumps(card))
    return folder


def test_a_run_is_named_by_day_and_base_and_never_twice(tmp_path: Path) -> None:
    assert default_name(tmp_path, "Qwen/Qwen2-0.5B", DAY) == "2026-12-03-Qwen2-0.5B"
    assert default_name(tmp_path, "2026-11-01-codeact-mini", DAY) == "2026-12-03-codeact-mini"
    assert default_name(tmp_path, "/models/../näme with spaces", DAY) == "2026-12-03-n-me-with-spaces"
    for number in range(1, 3):
        (tmp_path / "runs" / default_name(tmp_path, "mini", DAY)).mkdir(parents=True)
        assert default_name(tmp_path, "mini", DAY) == f"2026-12-03-mini-{number + 1}"


@pytest.mark.parametrize("out", ["mine", "models/runs/mine", "models/runs/mine/"])
def test_a_run_may_be_named_by_its_folder(tmp_path: Path, out: str) -> None:
    assert run_folder(tmp_path / "models", out) == tmp_path / "models" / "runs" / "mine"


@pytest.mark.parametrize(
    "out", ["", ".", "..", "../x", "a/b", "/tmp/x", ".hidden", "codeact-mini", "current", "x" * 101]
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, out: str) -> None:
    with pytest.raises(TrainingError, match="cannot name a run"):
        run_folder(tmp_path / "models", out)


def test_a_run_appears_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "mine"
    with new_run(folder) as part:
        (part / "weights").write_text("w")
        assert not folder.exists()
    assert [path.name for path in folder.iterdir()] == ["weights"]
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


def test_of_two_runs_of_one_name_the_first_to_end_stays(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "mine"
    with pytest.raises(TrainingError, match="cannot be written"), new_run(folder) as slow:
        (slow / "weights").write_text("slow")
        with new_run(folder) as fast:
            (fast / "weights").write_text("fast")
    assert (folder / "weights").read_text() == "fast"
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


def test_models_are_found_by_name_by_path_and_by_rank(tmp_path: Path) -> None:
    models = tmp_path / "models"
    bundled = model(models / "codeact-mini")
    old = model(models / "runs" / "z-old", {"when": "2026-01-01T00:00:00+00:00"})
    new = model(models / "runs" / "a-new", {"when": "2026-02-01T00:00:00+00:00"})
    (models / "runs" / ".b.part").mkdir()
    assert find_model(models, "codeact-mini") == bundled
    assert find_model(models, "models/codeact-mini") == bundled
    assert find_model(models, "z-old") == find_model(models, str(old)) == old
    assert find_model(models, "latest") == new
    assert find_model(models, "current") == bundled
    point_to(models, old)
    assert find_model(models, "current") == models / "runs" / "z-old"
    for missing in ("none", "models/none", "../codeact-mini", ""):
        with pytest.raises(ModelNotFound, match="codeact models"):
            find_model(models, missing)


def test_the_list_shows_what_is_here_and_what_is_current(tmp_path: Path) -> None:
    models = tmp_path / "models"
    score = {"suite": "own", "half": "development", "right": 95, "of": 220, "when": "2026-02-01"}
    earlier = score | {"right": 9, "when": "2026-01-01"}
    model(models / "codeact-mini", {"name": "codeact-mini 1.0"})
    model(models / "runs" / "good", {"base": {"name": "mini"}, "scores": {"b": score, "a": earlier}, "when": "2026-03"})
    model(models / "runs" / "broken", "{")
    model(models / "runs" / "odd", {"name": 3, "base": 4, "scores": [], "promoted": "yes", "when": None})
    point_to(models, models / "runs" / "good")
    shown = [(found.name, found.base, found.score, found.is_current) for found in list_models(models)]
    assert shown == [
        ("codeact-mini 1.0", "", "", False),
        ("broken", "", "", False),
        ("odd", "4", "", False),
        ("good", "mini", "95/220", True),
    ]


def test_a_current_model_elsewhere_is_listed_too(tmp_path: Path) -> None:
    models = tmp_path / "models"
    model(models / "codeact-mini")
    point_to(models, model(tmp_path / "elsewhere" / "mine"))
    assert [(found.name, found.is_current) for found in list_models(models)] == [
        ("codeact-mini", False),
        ("mine", True),
    ]


def test_a_broken_card_is_not_replaced(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", "{")
    with pytest.raises(ModelNotFound, match="cannot be read"):
        update_card(folder, scores={})
    assert (folder / "card.json").read_text() == "{"


def test_a_card_keeps_what_it_is_not_told_to_change(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", {"name": "m", "flags": {"epochs": 3}})
    update_card(folder, scores={"own": 1})
    assert dict(read_model(folder).card) == {"name": "m", "flags": {"epochs": 3}, "scores": {"own": 1}}


def test_weights_have_one_hash_that_changes_with_them(tmp_path: Path) -> None:
    folder = model(tmp_path / "m")
    before = weights_sha256(folder)
    (folder / "model-2.safetensors").write_bytes(b"2")
    assert weights_sha256(folder) != before
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelNotFound, match="no weights"):
        weights_sha256(tmp_path / "empty")
