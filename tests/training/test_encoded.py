"""Rows are encoded as they are served: the same ids, and only the answer is learned."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.conversation import Attempt, Channel, Finish, Message, PromptReference, Role, Turn
from core.engine.encoding import encode_answer, encode_chat
from core.errors import BadRow
from core.prompt import Example, render, tell, write
from tests.training.tiny import make_model
from training.dataset import read_seeds
from training.encoded import IGNORED, encode_row, encode_rows
from training.rows import TrainingRow
from training.spoken import as_read, spoken

HERE = Channel("terminal", "", "x")


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]  # transformers is not typed
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(make_model(tmp_path_factory.mktemp("encoded") / "tiny"))


def test_a_row_is_what_the_engine_reads_and_what_it_should_write(tokenizer) -> None:  # type: ignore[no-untyped-def]
    row = read_seeds()[0].row
    encoded = encode_row(tokenizer, row)
    assert list(encoded.prompt) == encode_chat(tokenizer, row.prompt)
    assert list(encoded.answer) == encode_answer(tokenizer, row.completion)
    assert tokenizer.convert_ids_to_tokens(encoded.answer[-1]) == "<|im_end|>"


def test_only_the_answer_is_learned(tokenizer) -> None:  # type: ignore[no-untyped-def]
    encoded = encode_row(tokenizer, read_seeds()[0].row)
    learned = [token for token, label in zip(encoded.input_ids, encoded.labels, strict=True) if label != IGNORED]
    assert learned == list(encoded.answer)
    assert encoded.labels[: len(encoded.prompt)] == [IGNORED] * len(encoded.prompt)


def test_a_row_that_stands_twice_is_learned_once(tokenizer) -> None:  # type: ignore[no-untyped-def]
    rows = [seed.row for seed in read_seeds()]
    encoded = encode_rows(tokenizer, [(Path("a"), rows), (Path("b"), rows[:3])], context_tokens=512)
    assert len(encoded) == 8


def test_a_row_longer_than_the_context_is_refused_with_its_line(tokenizer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "rows.jsonl"
    path.write_text("{}\n\n   \n{}\n")
    short = TrainingRow((Message(Role.USER, "a"),), "b")
    long = TrainingRow((Message(Role.USER, "a"),), "z" * 300)
    length = len(encode_row(tokenizer, long))
    assert len(encode_rows(tokenizer, [(path, [short, long])], context_tokens=length)) == 2
    with pytest.raises(BadRow, match=f"{length} tokens, and the model reads {length - 1}") as refused:
        encode_rows(tokenizer, [(path, [short, long])], context_tokens=length - 1)
    assert refused.value.line == 4


def test_peoples_words_are_found_again_in_rendered_prompts() -> None:
    failed = Attempt(write("I try.", "print(x)"), "I try.", "print(x)", observation="Traceback\nNameError: x")
    worked = Attempt(write("I print.", "print(1)"), "I print.", "print(1)", observation="1\n\n2")
    turn = Turn(
        id="t",
        channel=HERE,
        author="ada",
        question="first question",
        attempts=(failed, worked),
        finish=Finish.EXECUTION,
        model="m",
        prompt=PromptReference(1, ""),
        created_at=datetime.now(UTC),
    )
    examples = [Example("e", "an example", write("I show.", "print(3)"))]
    for label in (None, False, True):
        for files in ((), (("data.csv", 10),)):
            rendered = render([replace(turn, label=label)], "second question", files=files, examples=examples)
            for message in rendered:
                start, end = spoken(replace(message, spoken=None))
                assert message.content[start:end] == message.content[slice(*(message.spoken or (0, 0)))]


def test_a_word_list_mends_peoples_words_and_nothing_else() -> None:
    words = frozenset({"what", "factorial", "number"})
    said = as_read(
        [Message(Role.USER, "what is the factorail of 5"), Message(Role.USER, tell("factorail is not defined"))], words
    )
    assert [message.content for message in said] == [
        "what is the factorial of 5",
        "Execution Output:\nfactorail is not defined",
    ]
    answer = Message(Role.ASSISTANT, "a factorail")
    assert as_read([answer], words) == (answer,)
    assert as_read(said, frozenset()) == said
