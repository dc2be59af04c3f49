"""Texts of several words."""

import re

from training.corpus.family import Family
from training.corpus.values import Int, LetterOf, Sentence, WordOf

S = Sentence()
VARIED = Sentence(repeat=True)


def _split(s: str) -> list[str]:
    words, word = [], ""
    for c in s + " ":
        if c == " ":
            words.append(word)
            word = ""
        else:
            word += c
    return words


def _one_longest(s: str) -> bool:
    lengths = sorted(map(len, s.split()))
    return lengths[-1] > lengths[-2]


def _one_shortest(s: str) -> bool:
    lengths = sorted(map(len, s.split()))
    return lengths[0] < lengths[1]


def _folded(s: str) -> str:
    return "".join(c for c in s.lower() if c != " ")


def _chosen(s: str, length: int) -> str:
    return next(word for word in _split(s) if len(word) == length)


FAMILIES = (
    Family(
        "count_words",
        "how many words the text s has",
        {"s": S},
        "I count the words.",
        "print(len({s}.split()))",
        lambda s: s.count(" ") + 1,
        kind="sentence",
        weight=3,
    ),
    Family(
        "count_characters",
        "how many characters the text s has, spaces included",
        {"s": S},
        "I count the characters.",
        "print(len({s}))",
        lambda s: sum(1 for _ in s),
        kind="sentence",
        mistaken=("count_words",),
        weight=1.2,
    ),
    Family(
        "count_text_letters",
        "how many letters the text s has, spaces not counted",
        {"s": S},
        "I count the letters without the spaces.",
        "print(len({s}.replace(' ', '')))",
        lambda s: len(_folded(s)),
        kind="sentence",
        weight=0.8,
        mistaken=("count_characters",),
    ),
    Family(
        "longest_word",
        "the longest word of the text s (exactly one is longest)",
        {"s": S},
        "I take the longest word.",
        "print(max({s}.split(), key=len))",
        lambda s: _chosen(s, max(map(len, _split(s)))),
        where=_one_longest,
        kind="sentence",
        mistaken=("shortest_word",),
        weight=2,
    ),
    Family(
        "shortest_word",
        "the shortest word of the text s (exactly one is shortest)",
        {"s": S},
        "I take the shortest word.",
        "print(min({s}.split(), key=len))",
        lambda s: _chosen(s, min(map(len, _split(s)))),
        where=_one_shortest,
        kind="sentence",
        mistaken=("longest_word",),
        weight=1.5,
    ),
    Family(
        "reverse_word_order",
        "the words of the text s in reverse order, the words themselves unchanged",
        {"s": S},
        "I reverse the order of the words.",
        "print(' '.join({s}.split()[::-1]))",
        lambda s: " ".join(_split(s)[-k - 1] for k in range(len(_split(s)))),
        kind="sentence",
        weight=1.5,
    ),
    Family(
        "reverse_each_word",
        "the text s with every word written backwards, the order of the words unchanged",
        {"s": S},
        "I reverse every word.",
        "print(' '.join(word[::-1] for word in {s}.split()))",
        lambda s: " ".join("".join(reversed(word)) for word in _split(s)),
        kind="sentence",
        weight=0.8,
        mistaken=("reverse_word_order",),
    ),
    Family(
        "sort_text_words",
        "the words of the text s in alphabetical order (capitals ignored), joined by spaces",
        {"s": S},
        "I sort the words of the text.",
        "print(' '.join(sorted({s}.split(), key=str.lower)))",
        lambda s: " ".join(w for _, _, w in sorted((w.lower(), k, w) for k, w in enumerate(_split(s)))),
        kind="sentence",
    ),
    Family(
        "title_case",
        "the text s with the first letter of every word capital",
        {"s": S},
        "I capitalize every word.",
        "print({s}.title())",
        lambda s: " ".join(w[0].upper() + w[1:].lower() for w in _split(s)),
        kind="sentence",
        weight=1.2,
    ),
    Family(
        "first_word",
        "the first word of the text s",
        {"s": S},
        "I take the first word.",
        "print({s}.split()[0])",
        lambda s: s[: s.index(" ")],
        kind="sentence",
        mistaken=("last_word",),
    ),
    Family(
        "last_word",
        "the last word of the text s",
        {"s": S},
        "I take the last word.",
        "print({s}.split()[-1])",
        lambda s: s[s.rindex(" ") + 1 :],
        kind="sentence",
        mistaken=("first_word",),
    ),
    Family(
        "initials",
        "the first letters of the words of the text s as capitals in one string (acronym)",
        {"s": S},
        "I join the first letters.",
        "print(''.join(word[0].upper() for word in {s}.split()))",
        lambda s: "".join(c for k, c in enumerate(s.upper()) if k == 0 or s[k - 1] == " "),
        kind="sentence",
        weight=1.2,
    ),
    Family(
        "word_lengths",
        "the lengths of the words of the text s, as a list",
        {"s": S},
        "I list the word lengths.",
        "print([len(word) for word in {s}.split()])",
        lambda s: [sum(1 for _ in w) for w in _split(s)],
        kind="sentence",
    ),
    Family(
        "split_words",
        "the words of the text s as a Python list",
        {"s": S},
        "I split the text into words.",
        "print({s}.split())",
        _split,
        kind="sentence",
    ),
    Family(
        "remove_spaces",
        "the text s without its spaces",
        {"s": S},
        "I remove the spaces.",
        "print({s}.replace(' ', ''))",
        lambda s: "".join(_split(s)),
        kind="sentence",
    ),
    Family(
        "underscores",
        "the text s with every space replaced by an underscore",
        {"s": S},
        "I replace the spaces by underscores.",
        "print({s}.replace(' ', '_'))",
        lambda s: "_".join(_split(s)),
        kind="sentence",
        weight=0.6,
    ),
    Family(
        "hyphens",
        "the text s with every space replaced by a hyphen",
        {"s": S},
        "I replace the spaces by hyphens.",
        "print({s}.replace(' ', '-'))",
        lambda s: "-".join(_split(s)),
        kind="sentence",
        weight=0.6,
    ),
    Family(
        "count_word",
        "how many times the word w occurs as a whole word in the text s",
        {"s": VARIED, "w": WordOf(other=0.15)},
        "I count the word.",
        "print({s}.split().count({w}))",
        lambda s, w: sum(1 for word in _split(s) if word == w),
        weight=1.2,
    ),
    Family(
        "contains_word",
        "whether the word w occurs as a whole word in the text s (True or False)",
        {"s": S, "w": WordOf(other=0.5)},
        "I look for the word.",
        "print({w} in {s}.split())",
        lambda s, w: any(word == w for word in _split(s)),
        weight=0.8,
    ),
    Family(
        "replace_word",
        "the text s with the word a replaced by the word b",
        {"s": S, "a": WordOf(other=0), "b": WordOf(other=1.0)},
        "I replace the word.",
        "print(' '.join({b} if word == {a} else word for word in {s}.split()))",
        lambda s, a, b: re.sub(rf"(?<!\S){a}(?!\S)", b, s),
        where=lambda s, a, b: a != b,
        weight=0.8,
    ),
    Family(
        "sentence_palindrome",
        "whether the text s reads the same backwards when spaces and capitals are ignored (True or False)",
        {"s": Sentence(2, 4)},
        "I compare the letters with their reverse.",
        "text = {s}.lower().replace(' ', '')\nprint(text == text[::-1])",
        lambda s: list(_folded(s)) == list(reversed(_folded(s))),
        kind="sentence",
    ),
    Family(
        "unique_words",
        "the different words of the text s in order of first appearance, as a list",
        {"s": VARIED},
        "I keep every word once.",
        "print(list(dict.fromkeys({s}.split())))",
        lambda s: [w for k, w in enumerate(_split(s)) if w not in _split(s)[:k]],
        kind="sentence",
    ),
    Family(
        "count_unique_words",
        "how many different words the text s has",
        {"s": VARIED},
        "I count the different words.",
        "print(len(set({s}.split())))",
        lambda s: sum(1 for k, w in enumerate(_split(s)) if w not in _split(s)[:k]),
        kind="sentence",
        mistaken=("count_words",),
    ),
    Family(
        "word_frequencies",
        "how often each word occurs in the text s, as a dictionary in order of first appearance",
        {"s": VARIED},
        "I count every word.",
        "from collections import Counter\nprint(dict(Counter({s}.split())))",
        lambda s: {w: _split(s).count(w) for w in _split(s)},
        kind="sentence",
        weight=0.8,
    ),
    Family(
        "long_words",
        "the words of the text s that have more than k letters, as a list",
        {"s": S, "k": Int(2, 7)},
        "I keep the long words.",
        "print([word for word in {s}.split() if len(word) > {k}])",
        lambda s, k: [w for w in _split(s) if not len(w) <= k],
    ),
    Family(
        "words_starting",
        "the words of the text s that start with the letter c (small or capital), as a list",
        {"s": S, "c": LetterOf("s", 0.1)},
        "I keep the words with that first letter.",
        "print([word for word in {s}.split() if word.lower().startswith({c})])",
        lambda s, c: [w for w in _split(s) if w[0] in (c, c.upper())],
        weight=0.8,
    ),
    Family(
        "nth_word",
        "the word at place k of the text s (the first word is at place 1)",
        {"s": Sentence(4, 8), "k": Int(1, 4)},
        "I take the word at that place.",
        "print({s}.split()[{k} - 1])",
        lambda s, k: _split(s)[:k][-1],
    ),
    Family(
        "average_word_length",
        "the average length of the words of the text s",
        {"s": Sentence(2, 6)},
        "I average the word lengths.",
        "words = {s}.split()\nprint(sum(len(word) for word in words) / len(words))",
        lambda s: len(_folded(s)) / (s.count(" ") + 1),
        kind="sentence",
        weight=0.7,
    ),
    Family(
        "add_exclamation",
        "the text s with three exclamation marks at its end",
        {"s": S},
        "I add exclamation marks.",
        "print({s} + '!!!')",
        lambda s: f"{s}!!!",
        shown=True,
    ),
    Family(
        "count_spaces",
        "how many spaces the text s has",
        {"s": S},
        "I count the spaces.",
        "print({s}.count(' '))",
        lambda s: len(_split(s)) - 1,
        shown=True,
    ),
    Family(
        "camel_case",
        "the words of the text s in small letters but each after the first with a capital, joined without "
        "spaces (camelCase)",
        {"s": S},
        "I write the words in camel case.",
        "words = {s}.lower().split()\nprint(words[0] + ''.join(word.capitalize() for word in words[1:]))",
        lambda s: _split(s)[0].lower() + "".join(w[0].upper() + w[1:].lower() for w in _split(s)[1:]),
        held_out=True,
    ),
    Family(
        "swap_first_last_word",
        "the text s with its first and last word exchanged",
        {"s": Sentence(3, 7)},
        "I exchange the first and the last word.",
        "words = {s}.split()\nwords[0], words[-1] = words[-1], words[0]\nprint(' '.join(words))",
        lambda s: " ".join([_split(s)[-1], *_split(s)[1:-1], _split(s)[0]]),
        held_out=True,
    ),
)
