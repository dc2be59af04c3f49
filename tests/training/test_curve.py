"""The loss curve in the terminal."""

from pathlib import Path

from training.curve import draw, save_picture


def test_a_falling_loss_is_drawn_falling() -> None:
    lines = draw([6.0, 5.0, 4.0, 3.0, 2.0, 1.0], height=3).splitlines()
    assert len(lines) == 3
    assert lines[0].split()[0] == "6.000"
    assert lines[-1].split()[0] == "1.000"
    assert [len(line) for line in lines] == sorted(len(line) for line in lines)


def test_many_steps_share_columns_and_few_are_drawn_as_they_are() -> None:
    assert max(map(len, draw([float(step) for step in range(1000)], width=40).splitlines())) == 49
    assert draw([2.0, 2.0]).splitlines()[-1].endswith("▁▁")
    assert draw([]) == "(no loss was measured)"


def test_the_picture_is_one(tmp_path: Path) -> None:
    for losses in ([1.0], [3.0 - step / 50 for step in range(100)]):
        save_picture(losses, tmp_path / "loss.png", "a run")
        assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
