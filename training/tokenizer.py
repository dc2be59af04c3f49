"""The tokenizer of the bundled model: a known word is one token, everything else is spelled.

Three things that people and programs write in many ways are kept out of the vocabulary, so that each word has one
token wherever it stands, which is what lets a small model copy it from a question into a program:

- *case*: a capital letter is a shift mark and the small letter, so "What" is shift + " what"; a known word in capitals
  is another mark and the word, so "FIRST" is capitals + " first";
- *the space before a word* belongs to the word; where a word follows something else, as in `sum(nums)`, a join mark
  takes the space back, mostly as one token together with the bracket or quotation mark before it;
- *unknown words* are a space and letters, numbers are single digits: short alphabets that copying can be learned on.

Sentences that the CodeAct format freezes and common pieces of programs are one token each. Any text survives encoding
and decoding unchanged.
"""

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from core import prompt
from training.pretraining import idioms

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
TAGS = ("<thought>", "</thought>", "<execute>", "</execute>")
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "{{ '<|im_start|>assistant\n' }}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
    "{{ '\n' }}{% else %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
JOIN, SHIFT, CAPITALS = "\x08", "\x0e", "\x0f"
"""Backspace, "shift out" and "shift in": one byte each. Where text holds one itself, a zero follows it."""

_MARKS = (JOIN, SHIFT, CAPITALS)
_LONGEST_IN_CAPITALS = 12
_FROZEN = (
    *("system\n", "user\n", "assistant\n"),
    *(part for part in re.split("<[^>]+>", prompt.SYSTEM) if part),
    *("Execution Output:\n", "Previous output:", f" {prompt.MARKED_WRONG}\n\n", "Approved example:\n", "Files:"),
    prompt.NO_OUTPUT,
    "[Execution timed out (5 seconds).]",
    "[Memory limit reached (512 MiB).]",
    "[Output stopped at 1 MiB.]",
    "[There is no network here.]",
    "[Programs cannot start other programs here.]",
    "[There is no keyboard here: write the values into the program.]",
    "Traceback (most recent call last):\n",
    ", in <module>\n",
    *("NameError:", "TypeError:", "ValueError:", "IndexError:", "KeyError:", "SyntaxError:", "ZeroDivisionError:"),
)
_INDENTATION = tuple("\n" + " " * (4 * depth - short) for depth in (1, 2, 3) for short in (0, 1))
_GLUED = tuple("([{'\"._-/=,:*+#@$&\n")


def build(
    words: Mapping[str, int],
    *,
    size: int = 4096,
    phrases: Iterable[str] = (),
    context_tokens: int = 1024,
) -> PreTrainedTokenizerFast:
    """A tokenizer of at most `size` tokens that knows the most frequent of `words` (word → how often it occurs).

    Capitals do not count in `words`, and what is no word of ASCII letters is left out. `phrases` are texts that become
    one token each, such as lines of helper functions with the line break before them. Raises ValueError where `size`
    is too small.
    """
    spelled = {" " + letter for letter in string.ascii_lowercase}
    known = {PAD: 0, START: 1, END: 2} | {tag: 3 + place for place, tag in enumerate(TAGS)}
    pieces = _pieces(phrases)
    closings = [_normalizer().normalize_str(text) + "\n" for text in idioms.CLOSINGS]
    for text in (*sorted(pre_tokenizers.ByteLevel.alphabet()), *map(_visible, (*pieces, *closings, *sorted(spelled)))):
        known.setdefault(text, len(known))
    if len(known) > size:
        raise ValueError(f"A vocabulary of {size} is too small: bytes, tags and phrases alone are {len(known)}.")
    for word in _by_frequency(words):
        if len(known) == size:
            break
        known.setdefault(_visible(" " + word), len(known))
    backend = Tokenizer(models.BPE(vocab=known, merges=[], ignore_merges=True))
    backend.normalizer = _normalizer([word for word in _single_words(known) if len(word) <= _LONGEST_IN_CAPITALS])
    backend.pre_tokenizer = _pre_tokenizer(pieces, closings)
    backend.decoder = _decoder()
    backend.add_special_tokens([AddedToken(text, normalized=False) for text in (PAD, START, END)])
    backend.add_tokens([AddedToken(tag, normalized=False) for tag in TAGS])  # not special: decoding keeps them
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token=END,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
        model_max_length=context_tokens,
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def known_words(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    """The words that are one token, with their ids; single letters are not words."""
    return _single_words(tokenizer.get_vocab())


def save(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write the files that `AutoTokenizer` loads."""
    tokenizer.save_pretrained(str(folder))


def _single_words(vocabulary: Mapping[str, int]) -> dict[str, int]:
    shown = ((token.replace(_visible(" "), " "), key) for token, key in vocabulary.items())
    return {text[1:]: key for text, key in shown if re.fullmatch(" [a-z]{2,}", text)}


def _by_frequency(words: Mapping[str, int]) -> list[str]:
    counted: dict[str, int] = {}
    for word, count in words.items():
        if re.fullmatch("[A-Za-z]{2,}", word):
            counted[word.lower()] = counted.get(word.lower(), 0) + count
    return sorted(counted, key=lambda word: (-counted[word], word))


def _pieces(phrases: Iterable[str]) -> list[str]:
    """All texts beside words that are one token, as the normalizer writes them."""
    normalize = _normalizer().normalize_str
    marked = ("", JOIN, JOIN + SHIFT, JOIN + CAPITALS)
    pieces = [normalize(text) for text in (*_FROZEN, *phrases, *idioms.PARTS)]
    pieces += [f" {operator}{after}" for operator in idioms.OPERATORS for after in ("", " ")]
    calls = [normalize(f"{name}(") for name in idioms.FUNCTIONS]
    calls += [call.removeprefix(JOIN) for call in calls]  # after a space
    calls += [normalize(f".{name}(") for name in idioms.METHODS]
    pieces += [call + mark for call in calls for mark in ("", JOIN)]
    pieces += [normalize(text) + mark for text in idioms.OPENINGS for mark in ("", JOIN)]
    pieces += [first + mark for first in ("", *_GLUED) for mark in marked]
    pieces += [", ", *_INDENTATION]
    return list(dict.fromkeys(piece for piece in pieces if len(piece.encode()) > 1))


@lru_cache(maxsize=1)
def _byte_letters() -> dict[int, int]:
    """The printable letter by which byte-level vocabularies show each byte below 128."""
    bytes_to_text = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return {code: ord(bytes_to_text.pre_tokenize_str(chr(code))[0][0]) for code in range(128)}


def _visible(text: str) -> str:
    """ASCII text as it stands in the vocabulary."""
    return text.translate(_byte_letters())


def _normalizer(words: Sequence[str] = ()) -> normalizers.Normalizer:
    """Writes marks for case and missing spaces; `words` are those that are known in capitals too."""
    unspaced = r"(?<![\p{L} ])"
    by_initial = {small: [word[1:].upper() for word in words if word[0] == small] for small in string.ascii_lowercase}
    rules: list[tuple[str | Regex, str]] = [(mark, mark + "0") for mark in _MARKS]
    rules += [(Regex(unspaced + letter), f"{JOIN} {letter}") for letter in string.ascii_letters]
    rules += [
        (Regex(f" {small.upper()}(?=(?:{'|'.join(rests)})(?![A-Za-z]))"), f"{CAPITALS} {small}")
        for small, rests in by_initial.items()
        if rests
    ]
    rules += [(Regex(f"(?<={_inside_capitals(1)}){small.upper()}"), small) for small in string.ascii_lowercase]
    for small in string.ascii_lowercase:
        rules += [(f" {small.upper()}", f"{SHIFT} {small}"), (small.upper(), SHIFT + small)]
    return normalizers.Sequence([normalizers.Replace(pattern, text) for pattern, text in rules])


def _decoder() -> decoders.Decoder:
    raised = f"(?<={SHIFT}|{SHIFT} |{_inside_capitals(0)})"
    return decoders.Sequence(
        [
            decoders.ByteLevel(),
            *(decoders.Replace(Regex(raised + letter), letter.upper()) for letter in string.ascii_lowercase),
            decoders.Replace(Regex(f"[{SHIFT}{CAPITALS}](?= ?[A-Z])"), ""),
            decoders.Replace(Regex(f"{JOIN} (?=[A-Za-z])"), ""),
            # a mark whose word is still to come reads as an unfinished character, for which streaming decoders wait
            decoders.Replace(Regex(f"{JOIN}(?!0)[{SHIFT}{CAPITALS}]? ?|[{SHIFT}{CAPITALS}](?!0) ?"), "\ufffd"),
            *(decoders.Replace(mark + "0", mark) for mark in _MARKS),
        ]
    )


def _inside_capitals(least: int) -> str:
    """A look-behind for letters of a word in capitals, from the letter with this number on."""
    return "|".join(f"{CAPITALS} [A-Za-z]{{{before}}}" for before in range(least, _LONGEST_IN_CAPITALS))


def _pre_tokenizer(pieces: Sequence[str], closings: Sequence[str]) -> pre_tokenizers.PreTokenizer:
    """Cuts at pieces (longest first), marks, words with their space, digits, line breaks and single characters."""
    word_follows = f"(?=[{SHIFT}{CAPITALS}]? [a-z])"
    patterns = [_literal(text) + r"\z" for text in _longest_first(closings)]
    patterns += [_piece_pattern(piece) for piece in _longest_first(pieces)]
    patterns += [
        f"[{''.join(_MARKS)}]",
        " ?[a-z]+",
        rf"\n *{word_follows}",
        r"\n *",
        f" +{word_follows}",
        " +",
        "[^a-z]",
    ]
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex("|".join(patterns)), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def _longest_first(texts: Iterable[str]) -> list[str]:
    return sorted(texts, key=lambda text: (-len(text), text))


def _literal(text: str) -> str:
    return "".join(letter if letter.isalnum() else f"\\x{{{ord(letter):x}}}" for letter in text)


def _piece_pattern(piece: str) -> str:
    """A piece must not cut a word in two, nor take the space that belongs to the next word."""
    pattern = _literal(piece)
    if piece[-1].islower():
        pattern += "(?![a-z])"
    if piece[-1] == " ":
        pattern += f"(?![a-z{SHIFT}{CAPITALS}])"
    return pattern
