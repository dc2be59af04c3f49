"""The bundled model's tokenizer: words whole, values in pieces, nothing lost."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers.decoders import DecodeStream
from transformers import AutoTokenizer

from core import prompt
from training import tokenizer as tokenizers

WORDS = {"what": 9, "is": 9, "the": 9, "Sum": 5, "of": 5, "true": 3, "numbers": 2, "i": 4, "42": 9, "naïve": 3}
TOKENIZER = tokenizers.build(WORDS, size=1000)
PIECES = [
    *"aAbZ zé\x08\x0e\x0f0 \n\t'([.,_-+5<>|日😀\u0301\x1f\x7f\xa0\r\u2028\ue000\U000f0000",
    "What",
    "is",
    "print(",
    "0",
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(exclude_categories=["Cs"]), max_size=40).map("".join)


def pieces(text: str) -> list[str]:
    """What each token stands for, with marks visible."""
    tokens = TOKENIZER.convert_ids_to_tokens(TOKENIZER.encode(text))
    return [token.translate({0x120: " ", 0x10A: "\n", 0x10E: "^", 0x108: "~", 0x10F: "#"}) for token in tokens]


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_text_can_be_streamed_token_by_token(text: str) -> None:
    stream = DecodeStream()

    parts = [stream.step(TOKENIZER.backend_tokenizer, token) for token in TOKENIZER.encode(text)]

    streamed = "".join(part for part in parts if part)
    assert text.startswith(streamed)
    assert streamed == text or "\ufffd" in text[len(streamed) :]  # which looks like an unfinished character


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is the sum of", ["~^", " what", " is", " the", " sum", " of"]),
        ("is True", ["~", " is", "^", " true"]),
        ("the SUM OF", ["~", " the", "#", " sum", "#", " of"]),
        ("(THE SUMS", ["(~#", " the", "^", " s", "^", "u", "^", "m", "^", "s"]),
        ("3.14", ["3", ".", "1", "4"]),
        ("-27", ["-", "2", "7"]),
        ("sum(numbers)", ["~ sum(~", " numbers", ")"]),
        ("\nprint(3 + 5)", ["\n~ print(", "3", " + ", "5", ")"]),
        ("is kiwi", ["~", " is", " ", "k", "i", "w", "i"]),
        ("'kiwi'", ["'~", " ", "k", "i", "w", "i", "'"]),
        ("[4, 15]", ["[", "4", ", ", "1", "5", "]"]),
        ("\n    if", ["\n   ", " ", "i", "f"]),
    ],
)
def test_how_text_is_cut(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_a_word_is_the_same_token_wherever_it_stands() -> None:
    [word] = [key for text, key in tokenizers.known_words(TOKENIZER).items() if text == "numbers"]

    for text in ("numbers", "The numbers", "NUMBERS and numbers", "(numbers", "x.numbers", "\nnumbers", "'Numbers'"):
        assert word in TOKENIZER.encode(text)


def test_frozen_sentences_are_short() -> None:
    assert len(TOKENIZER.encode(prompt.SYSTEM)) == 7
    assert len(TOKENIZER.encode("Execution Output:\n")) == 1
    assert len(TOKENIZER.encode(f"Previous output: [2] {prompt.MARKED_WRONG}\n\nno")) == 10


def test_only_words_are_known_and_the_most_frequent_first() -> None:
    known = tokenizers.known_words(TOKENIZER)

    assert set(known) == {"what", "is", "the", "sum", "of", "true", "numbers"}
    assert known["what"] < known["sum"] < known["numbers"]
    assert len(tokenizers.build(WORDS, size=len(TOKENIZER) - 1)) == len(TOKENIZER) - 1


def test_a_size_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        tokenizers.build(WORDS, size=300)


def test_helper_lines_can_be_one_token() -> None:
    line = "\n    return n > 1 and all(n % d for d in range(2, n))"
    tokenizer = tokenizers.build(WORDS, size=1000, phrases=[line])
    program = f"\ndef f(n):{line}\nprint(f(3))"

    assert len(tokenizer.encode(program)) == len(TOKENIZER.encode(program)) - len(TOKENIZER.encode(line)) + 1
    assert tokenizer.decode(tokenizer.encode(program)) == program


def test_plain_transformers_loads_it(tmp_path: Path) -> None:
    tokenizers.save(TOKENIZER, tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    text = "What is <thought> 3?\n\x08"

    assert loaded.encode(text) == TOKENIZER.encode(text)
    assert loaded.decode(loaded.encode(text)) == text
    assert (
        loaded.decode([*loaded.encode("<thought>I</thought>"), 2], skip_special_tokens=True) == "<thought>I</thought>"
    )
    assert (loaded.pad_token_id, loaded.eos_token_id) == (0, 2)


def test_the_template_marks_what_the_assistant_said() -> None:
    said = prompt.write("I add.", "print(3 + 5)")
    messages = [{"role": "user", "content": "What is 3 + 5?"}, {"role": "assistant", "content": said}]

    encoded = TOKENIZER.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True)

    learned = [token for token, mask in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True) if mask]
    assert TOKENIZER.decode(learned) == said + "<|im_end|>"
