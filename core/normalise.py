"""Typos and capitals out of a question, for models that know few words.

Nothing that could be a value is touched: quoted text, numbers, names with a capital, words with digits or signs in
them, words between the marks of a list.
"""

import re
import string
from functools import lru_cache

_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|‘[^’\n]*’|`[^`\n]*`|(?<!\w)'[^'\n]*'(?!\w)")
_WORD = re.compile(r"(?<![\w'’.@#/\\-])[a-z]{4,}(?![\w'’@#/\\-]|\.\w)")
_SHOUTED = re.compile(r"(?<![\w@#/\\-])[A-Z]+(?:['’][A-Z]+)?(?![\w@#/\\-])")
_LIST_MARKS = frozenset("()[]{}:=,;|&")  # what opens, parts or closes a list


def normalise(text: str, words: frozenset[str]) -> str:
    """The text with shouting lowered, and each unknown word replaced by the only known word one edit away.

    `words` are the known words in small letters. An edit adds, drops or changes a letter, or swaps two neighbours; a
    plural is no edit. Of a shouted message only known words are lowered, for others could be values.
    """
    parts = []
    end = 0
    shouted = _is_shouted(_QUOTED.sub("", text))
    for quoted in _QUOTED.finditer(text):
        parts += [_mend(text[end : quoted.start()], words, shouted), quoted.group()]
        end = quoted.end()
    return "".join([*parts, _mend(text[end:], words, shouted)])


def _mend(text: str, words: frozenset[str], shouted: bool) -> str:
    if shouted:
        text = _SHOUTED.sub(lambda found: _lowered(found.group(), words), text)
    return _WORD.sub(lambda found: found.group() if _is_value(found) else _nearest(found.group(), words), text)


def _lowered(word: str, words: frozenset[str]) -> str:
    small = word.lower()
    known = re.split("['’]", small)[0] in words or len(small) == 1
    return small if known or (len(small) > 3 and _nearest(small, words) != small) else word


def _is_value(found: re.Match[str]) -> bool:
    """Whether a word stands beside a mark of a list or a table."""
    before = found.string[max(0, found.start() - 3) : found.start()].rstrip()[-1:]
    behind = found.string[found.end() : found.end() + 3].lstrip()[:1]
    return before in _LIST_MARKS or behind in _LIST_MARKS


def _is_shouted(text: str) -> bool:
    """Whether a message of at least two words has no small letter."""
    return len(re.findall(r"[^\W\d_]{2,}", text)) > 1 and text == text.upper()


@lru_cache(maxsize=4096)
def _nearest(word: str, words: frozenset[str]) -> str:
    if word in words:
        return word
    if word + "s" in words or (word.endswith("s") and word[:-1] in words):
        return word
    near = words.intersection(_edits(word))
    return next(iter(near)) if len(near) == 1 else word


def _edits(word: str) -> set[str]:
    splits = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    dropped = {head + tail[1:] for head, tail in splits if tail}
    swapped = {head + tail[1] + tail[0] + tail[2:] for head, tail in splits if len(tail) > 1}
    changed = {head + letter + tail[1:] for head, tail in splits if tail for letter in string.ascii_lowercase}
    added = {head + letter + tail for head, tail in splits for letter in string.ascii_lowercase}
    return dropped | swapped | changed | added
