"""The words of the templates, which are all words but those of values, counted by how often rows have them."""

import re
import string
from collections import Counter
from functools import lru_cache

from training.corpus.catalogue import families
from training.corpus.families.dates import DAYS, MONTHS
from training.corpus.families.files import COLUMNS
from training.corpus.lexicon import THINGS
from training.corpus.mixture import share
from training.corpus.wording_files import wording
from training.corpus.writing import NUMBER_WORDS

_WORD = re.compile(r"[A-Za-z]+")
_SCALE = 1_000_000
_CLOSED = (
    *DAYS,
    *MONTHS,
    *(month[:3] for month in MONTHS),
    *("st", "nd", "rd", "th"),
    *NUMBER_WORDS,
    *THINGS,
    *COLUMNS,
)


def template_words() -> Counter[str]:
    """How often each word of the templates occurs in a million rows; words of values are left out.

    Words from closed lists (months, weekdays, numbers in words, things in stories, columns of files) count as words
    of templates.
    """
    counts: Counter[str] = Counter()
    found = wording()
    for name, family in families().items():
        weight = _SCALE * max(share(name), 1e-6)
        for phrases in (found.asks.get(name, ()), found.follows.get(name, ())):
            for phrase in phrases:
                _count(counts, phrase.text, weight / len(phrases))
        _count(counts, family.thought, weight)
        _count(counts, family.program, weight)
    for phrases in found.corrects.values():
        for phrase in phrases:
            _count(counts, phrase.text, _SCALE * 1e-5)
    for phrases in found.parts.values():
        for phrase in phrases:
            _count(counts, phrase.text, 0.3 * _SCALE / len(phrases))
    for word in _CLOSED:
        counts[word] += int(_SCALE * 2e-4)
    return counts


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """The words of the templates in small letters."""
    return frozenset(word.lower() for word in template_words())


@lru_cache(maxsize=100_000)
def is_near_known(word: str) -> bool:
    """Whether an unknown word is one edit away from a known one: people's words may be read as that one."""
    known = known_words()
    return word not in known and not known.isdisjoint(_edits(word))


def _edits(word: str) -> set[str]:
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    near = {head + tail[1:] for head, tail in cuts if tail}
    near |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    near |= {head + letter + tail[cut:] for head, tail in cuts for letter in string.ascii_lowercase for cut in (0, 1)}
    return near


def _count(counts: Counter[str], text: str, weight: float) -> None:
    for word in _WORD.findall(re.sub(r"\{\w+\}", " ", text)):
        counts[word] += max(1, round(weight))
