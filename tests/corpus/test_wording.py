"""The wording files: every line can be used, means one family only, and a fixed tenth is held out."""

import re
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest

from core.errors import TrainingError
from training.corpus.catalogue import families
from training.corpus.family import Family
from training.corpus.phrases import parse_phrase
from training.corpus.values import Slot
from training.corpus.wording_files import FOLDER, read_wording, wording


def test_every_line_of_every_hand_can_be_used():
    assert wording().problems == ()


def test_every_family_can_be_asked_for():
    assert set(wording().asks) == set(families())


def test_no_reading_of_a_phrase_asks_for_two_families():
    readings: dict[str, set[str]] = defaultdict(set)
    rng = Random(3)
    for name, phrases in wording().asks.items():
        for phrase in phrases:
            for _ in range(4 if phrase.form != "of" else 0):
                readings[_plain(phrase, families()[name], rng)].add(name)
    clashes = {text: names for text, names in readings.items() if len(names) > 1}
    assert clashes == {}


def _plain(phrase, family: Family, rng: Random) -> str:
    """A reading without case and punctuation, its values replaced by what they look like."""
    pieces = phrase.say(rng, lambda name, bare: f" {_look(family.slots[name], family)} ")
    return " ".join(re.sub(r"[^a-z0-9#%$/*+^<>=|&-]+", " ", "".join(piece.text for piece in pieces).lower()).split())


def _look(slot: Slot, family: Family) -> str:
    kind = type(slot).__name__
    if kind in ("Int", "Number", "UpTo", "Item"):
        return "#number"
    if kind in ("Word", "Text", "WordOf", "Sentence", "LetterOf"):
        return "#text"
    return f"#{kind}{family.group if kind == 'Drawer' else ''}"  # tables, files and dates look different


def test_a_tenth_of_the_phrases_is_held_out_of_families_that_have_enough():
    found = wording()
    enough = [name for name, phrases in found.asks.items() if len(phrases) >= 8]
    phrases = sum(len(found.asks[name]) for name in enough)
    held_out = sum(len(held) for held in found.never_trained.values())
    assert 0.07 < held_out / phrases < 0.13
    assert set(found.never_trained) <= set(enough)
    for name, held in found.never_trained.items():
        assert not set(held) & set(found.trained[name])


def test_files_and_their_names_are_plain():
    for path in FOLDER.glob("*/*.txt"):
        path.read_text("utf-8").encode("utf-8")
        assert re.fullmatch(r"[a-z]+/_?[a-z]+\.txt", path.relative_to(FOLDER).as_posix())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("the total of {list}", "has no slot list"),
        ("the total please", "leaves out items"),
        ("add {items", "braces stand only around names of slots"),
        ("[nonsense]\nwhat is {items}", "there is no family nonsense"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_left_out(tmp_path: Path, line: str, problem: str):
    folder = _hand(tmp_path, f"[sum]\nadd up {{items}}\n{line}\n")
    found = read_wording(folder)
    assert [phrase.text for phrase in found.asks["sum"] if phrase.hand == "eve"] == ["add up {items}"]
    assert len(found.problems) == 1
    assert problem in found.problems[0] and "eve/lists.txt, line" in found.problems[0]


def test_a_number_beside_a_list_is_refused(tmp_path: Path):
    found = read_wording(_hand(tmp_path, "[first_items]\nthe head of {items}, {k}\n"))
    assert "cannot be told from the list beside it" in found.problems[0]


def test_a_phrase_without_heading_is_named(tmp_path: Path):
    found = read_wording(_hand(tmp_path, "add up {items}\n"))
    assert "must stand below a [heading]" in found.problems[0]


def test_a_family_without_any_phrase_is_an_error(tmp_path: Path):
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / "lists.txt").write_text("[sum]\nadd up {items}\n", "utf-8")
    with pytest.raises(TrainingError, match="has no phrase for"):
        read_wording(tmp_path)


def _hand(folder: Path, text: str) -> Path:
    """The grammar's files, and one of another hand."""
    for path in (FOLDER / "grammar").glob("*.txt"):
        (folder / "grammar").mkdir(exist_ok=True)
        (folder / "grammar" / path.name).write_bytes(path.read_bytes())
    (folder / "eve").mkdir()
    (folder / "eve" / "lists.txt").write_text(text, "utf-8")
    return folder


def test_alternatives_and_plain_brackets():
    phrase = parse_phrase("(add up|total) {items} (please|), as in sum({items})")
    said = {"".join(piece.text for piece in phrase.say(Random(k), lambda name, bare: "1, 2")) for k in range(40)}
    assert said == {f"{verb} 1, 2 {word}, as in sum(1, 2)" for verb in ("add up", "total") for word in ("please", "")}


def test_a_text_may_be_bare_only_at_the_end_behind_a_colon():
    seen: dict[str, bool] = {}

    def note(name: str, bare: bool) -> str:
        seen[name] = bare
        return "x"

    parse_phrase("in {a}: {b}").say(Random(1), note)
    assert seen == {"a": False, "b": True}
    parse_phrase("{a} is long").say(Random(1), note)
    assert seen["a"] is False
