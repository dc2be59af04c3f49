"""The stream of rows: seeded, verified, never twice, and split so that what is held out is never trained."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from core.conversation import Message, Role
from core.errors import TrainingError
from core.prompt import MARKED_WRONG, SYSTEM, parse, write
from training.corpus.catalogue import families
from training.corpus.compositions import COMBINATIONS
from training.corpus.generate import SPLITS, Row, Split, Summary, generate, template_words, write_corpus
from training.corpus.lexicon import is_held_out
from training.corpus.madeup import made_up
from training.corpus.mixture import FORMS
from training.corpus.verify import ProgramFailed, run
from training.corpus.vocabulary import known_words
from training.corpus.wording_files import wording


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(generate(3000, seed=21))


def test_the_same_seed_gives_the_same_rows():
    assert list(generate(300, seed=5)) == list(generate(300, seed=5))


def test_rows_do_not_depend_on_how_many_are_asked_for():
    assert list(generate(1500, seed=5))[:100] == list(generate(100, seed=5))


def test_another_seed_gives_other_rows():
    one, other = ({_last(row) for row in generate(300, seed=seed)} for seed in (5, 6))
    assert len(one & other) < 30  # small talk is the same everywhere


def test_no_program_printed_anything_but_the_known_answer():
    from training.corpus.generate import _chunk

    for split in SPLITS:
        assert not _chunk(31, 0, 0.0, split)[1]
    assert not _chunk(31, 0, 1.0, "train")[1]


def test_no_prompt_comes_twice_but_for_small_talk(rows: list[Row]):
    prompts = Counter(json.dumps(row["prompt"]) for row in rows if row["group"] not in ("smalltalk", "declines"))
    assert prompts.most_common(1)[0][1] == 1


def test_every_form_has_its_share(rows: list[Row]):
    counts = Counter(row["form"] for row in rows)
    total = sum(FORMS.values())
    for form, weight in FORMS.items():
        assert counts[form] > 0.4 * len(rows) * weight / total, form


def test_a_row_is_a_conversation_in_the_frozen_format(rows: list[Row]):
    for row in rows:
        roles = [message["role"] for message in row["prompt"]]
        assert row["prompt"][0] == {"role": "system", "content": SYSTEM}
        assert roles[1:] == ["user", "assistant"] * (len(roles) // 2 - 1) + ["user"]
        [answer] = row["completion"]
        draft = parse(answer["content"])
        assert answer == {"role": "assistant", "content": write(draft.thought, draft.code)}
        assert draft.thought and draft.code and not draft.text
        assert row["split"] == "train"


def test_every_answer_prints_its_output(rows: list[Row]):
    """Run again from the text of the row alone; files and chance are left out."""
    for row in rows[:400]:
        code = parse(row["completion"][0]["content"]).code
        if not re.search(r"open\(|random|now\(|today\(", code):
            assert run(code).removesuffix("\n") == row["output"]


def test_earlier_answers_print_what_the_next_message_tells(rows: list[Row]):
    checked = 0
    for row in rows:
        for said, answered, told in zip(row["prompt"][1:], row["prompt"][2:], row["prompt"][3:], strict=False):
            code = parse(answered["content"]).code
            if answered["role"] != "assistant" or said["content"].startswith("Approved example:"):
                continue
            if re.search(r"open\(|random|now\(|today\(|shuffle", code) or "… [" in told["content"]:
                continue
            try:
                output = run(code).strip("\n")
            except ProgramFailed as failure:
                output = str(failure).strip("\n")
            head = f"Previous output: {output} {MARKED_WRONG}\n\n"
            assert told["content"].startswith((f"Execution Output:\n{output}", head))
            checked += 1
    assert checked > 300


def test_a_share_of_the_corrections_carries_the_mark(rows: list[Row]):
    corrections = [row for row in rows if row["form"] in ("wrong_operation", "wrong_value", "restated")]
    marked = sum(MARKED_WRONG in _last(row) for row in corrections)
    assert 0.4 < marked / len(corrections) < 0.8


def test_the_first_n_primes_are_told_from_those_up_to_n():
    pairs = wording().corrects
    texts = [phrase.text for phrase in pairs["primes_first", "primes_upto"]]
    assert "I want FIRST {n} primes, not primes till {n}" in texts
    found = [
        row
        for row in generate(6_000, seed=4)
        if row["form"] == "wrong_operation" and row["family"] in ("primes_first", "primes_upto")
    ]
    assert found


def test_words_are_a_quarter_to_a_third_of_the_questions(rows: list[Row]):
    singles = [row for row in rows if row["form"] in ("single", "copy")]
    worded = sum(row["group"] in ("words", "sentences", "wordlists") for row in singles)
    assert 0.22 < worded / len(singles) < 0.36


# What is never trained ------------------------------------------------------------------------------------------------


def test_what_is_held_out_is_never_trained(rows: list[Row]):
    held = {(name, phrase.text) for name, phrases in wording().never_trained.items() for phrase in phrases}
    combinations = {one.name for one, _ in COMBINATIONS if one.is_held_out}
    for row in rows:
        assert (row["family"], row["pattern"]) not in held
        assert row["family"] not in combinations
        if family := families().get(row["family"]):
            assert not family.held_out
        if row["group"] == "made up":
            assert not made_up(int(row["family"].rpartition(" ")[2])).is_held_out


def test_no_trained_word_of_a_value_is_held_out(rows: list[Row]):
    """One invented word in ten is held out, and none of them stands in a program."""
    for row in rows:
        if row["group"] not in ("words", "wordlists"):
            continue
        code = parse(row["completion"][0]["content"]).code
        for word in re.findall(r"'([a-z]{3,})'", code):
            known = word in known_words()
            assert known or not is_held_out(word) or row["form"] != "single", (word, code)


def test_some_families_are_trained_only_with_an_example(rows: list[Row]):
    shown = {family.name for family in families().values() if family.shown}
    found = [row for row in rows if row["family"] in shown]
    assert len(found) > 30
    assert all(row["prompt"][1]["content"].startswith("Approved example:") for row in found)


@pytest.mark.parametrize("split", SPLITS[1:])
def test_every_split_holds_what_its_name_says(split: Split):
    held = {name: {phrase.text for phrase in phrases} for name, phrases in wording().never_trained.items()}
    combinations = {one.name for one, _ in COMBINATIONS if one.is_held_out}
    found = list(generate(150, seed=2, split=split))
    assert len(found) == 150 and {row["split"] for row in found} == {split}
    for row in found:
        if split == "held_out_pattern":
            assert row["pattern"] in held[row["family"]]
        elif split == "held_out_composition":
            assert row["family"] in combinations
        elif split == "held_out_family":
            assert row["prompt"][1]["content"].startswith("Approved example:")
            family = families().get(row["family"])
            assert family.held_out if family else made_up(int(row["family"].rpartition(" ")[2])).is_held_out


def test_a_split_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="none of the splits"):
        next(generate(1, seed=1, split="test"))  # type: ignore[arg-type]


def test_short_rows_have_short_values():
    found = list(generate(400, seed=3, short=1.0))
    assert all(row.get("short") for row in found)
    words = [word for row in found for word in re.findall(r"'([a-z]{3,})'", row["completion"][0]["content"])]
    assert sum(len(word) <= 5 for word in words) > 0.8 * len(words)
    mixed = list(generate(400, seed=3, short=0.5))
    assert 120 < sum(bool(row.get("short")) for row in mixed) < 280


# The file -------------------------------------------------------------------------------------------------------------


def test_the_file_holds_the_same_rows_whatever_the_number_of_processes(tmp_path: Path):
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    summary = write_corpus(one, 300, seed=9, progress=False)
    write_corpus(two, 300, seed=9, processes=2, progress=False)
    assert one.read_bytes() == two.read_bytes()
    lines = [json.loads(line) for line in one.read_text("utf-8").splitlines()]
    assert len(lines) == summary.rows == 300
    assert Counter(line["split"] for line in lines) == summary.splits
    assert set(summary.splits) == set(SPLITS)
    assert not summary.mismatches


def test_a_broken_run_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from training.corpus import generate as module

    monkeypatch.setattr(module.Summary, "count", _break)
    with pytest.raises(RuntimeError):
        write_corpus(tmp_path / "rows.jsonl", 50, seed=1, progress=False)
    assert list(tmp_path.iterdir()) == []


def _break(self: Summary, row: Row) -> None:
    raise RuntimeError


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="cannot be written"):
        write_corpus(tmp_path / "file" / "rows.jsonl", 10, seed=1, progress=False)


def test_the_summary_tells_rows_by_group_form_and_split(tmp_path: Path):
    summary = write_corpus(tmp_path / "rows.jsonl", 400, seed=2, progress=False)
    console = Console(record=True, width=140)
    summary.show(console)
    text = console.export_text()
    assert "400 rows of" in text and "programs that did not print the known answer: 0" in text
    for word in ("lists", "single", "held_out_family"):
        assert word in text


def test_the_words_of_templates_are_those_that_people_say_and_not_those_of_values():
    words = template_words()
    assert {"average", "sorted", "print", "primes", "vowels", "Monday", "twenty"} <= set(words)
    assert words["print"] > words["palindrome"] > 0
    assert not {"zucchini", "kernel", "Ximena"} & set(words)


def test_messages_of_rows_can_be_read_as_messages(rows: list[Row]):
    for row in rows[:50]:
        assert [Message(Role(message["role"]), message["content"]) for message in row["prompt"]]


def _last(row: Row) -> str:
    return row["prompt"][-1]["content"]


def test_a_seventh_of_the_combinations_is_held_out_and_the_plainest_are_not():
    held = {one.name for one, _ in COMBINATIONS if one.is_held_out}
    assert abs(len(held) / len(COMBINATIONS) - 1 / 7) < 0.01
    assert not {"product | odd | none | range", "count | divisible | none | list", "sum | even | none | upto"} & held


def test_every_idiom_belongs_to_a_combination():
    known = {f"idiom {one.name.replace(' | ', ' ')}": one for one, _ in COMBINATIONS}
    for heading, phrases in wording().parts.items():
        if heading.startswith("idiom "):
            one = known[heading]
            slots = set(one.source.slots) | ({"k"} if one.filter.slot else set())
            assert all(phrase.slots == slots for phrase in phrases), heading
