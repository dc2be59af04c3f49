"""Surface noise: greetings, case, punctuation, typing errors, left-out words – never inside of a value."""

import re
import string
from collections.abc import Callable, Sequence
from random import Random

from training.corpus.phrases import Piece

TYPOS, GREETINGS, GOODBYES = 0.08, 0.09, 0.09
_WORD = re.compile(r"(?<![\w'’])[a-z]{4,}(?![\w'’])")
_SPACES = re.compile(" {2,}")
_SPACE_BEFORE_MARK = re.compile(r" +([,.?!;])(?= |$)")
_FILLERS = (" the ", " please ", " of the ", " me ")
_KEYS = {
    **{a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in zip(row, row[1:] + row[-2], strict=True)},
}


def add_noise(
    rng: Random,
    pieces: Sequence[Piece],
    *,
    greetings: Sequence[str] = (),
    goodbyes: Sequence[str] = (),
    known: Callable[[str], bool] = lambda word: False,
) -> str:
    """The message as somebody types it. A typing error never makes a word that is `known`."""
    parts = _punctuated(rng, _tidied(pieces))
    if rng.random() < 0.06:
        parts = _shortened(rng, parts)
    if greetings and rng.random() < GREETINGS:
        parts = [Piece(rng.choice(greetings) + " "), *parts]
    if goodbyes and rng.random() < GOODBYES and _may_end(parts):
        parts = _with_goodbye(parts, rng.choice(goodbyes))
    if rng.random() < TYPOS:
        parts = _mistyped(rng, parts, known)
    return "".join(piece.text for piece in _cased(rng, parts)).strip()


def _tidied(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours in one piece, without the doubled spaces that alternatives of nothing leave."""
    parts: list[Piece] = []
    for piece in pieces:
        if parts and not piece.protected and not parts[-1].protected:
            parts[-1] = Piece(parts[-1].text + piece.text)
        elif piece.text:
            parts.append(piece)
    return [
        piece if piece.protected else Piece(_SPACES.sub(" ", _SPACE_BEFORE_MARK.sub(r"\1", piece.text)))
        for piece in parts
    ]


def _may_end(parts: Sequence[Piece]) -> bool:
    """Whether more words may follow: a text in no quotation marks would swallow them."""
    last = parts[-1]
    return not last.protected or not last.text[-1].isalpha() or " " not in last.text


def _with_goodbye(parts: list[Piece], goodbye: str) -> list[Piece]:
    last = parts[-1]
    if goodbye[0] in ".,":
        text = last.text.rstrip("?!. ") if not last.protected else last.text
        question = "?" if not last.protected and last.text.rstrip().endswith("?") else ""
        goodbye = question + (goodbye[1:] if question else goodbye)
        return [*parts[:-1], Piece(text, last.protected), Piece(goodbye)]
    return [*parts, Piece(" " + goodbye)]


def _punctuated(rng: Random, parts: list[Piece]) -> list[Piece]:
    last = parts[-1]
    draw = rng.random()
    if not last.protected and last.text.endswith("?"):
        if draw < 0.3:
            return [*parts[:-1], Piece(last.text[:-1])]
        return (
            [*parts, Piece("?")]
            if draw < 0.32
            else [*parts[:-1], Piece(last.text[:-1] + " ?")]
            if draw < 0.34
            else parts
        )
    if last.protected:  # a mark behind a bare value could be taken for a part of it
        return [*parts, Piece("?")] if draw < 0.04 and _may_end(parts) else parts
    if last.text[-1].isalnum():
        return [*parts, Piece("." if draw < 0.08 else "!" if draw < 0.1 else "...")] if draw < 0.11 else parts
    return parts


def _shortened(rng: Random, parts: list[Piece]) -> list[Piece]:
    filler = rng.choice(_FILLERS)
    parts = [piece if piece.protected else Piece(piece.text.replace(filler, " ")) for piece in parts]
    first = parts[0]
    if not first.protected and first.text.startswith("the ") and len(first.text) > 4:
        parts[0] = Piece(first.text[4:])
    return parts


def _mistyped(rng: Random, parts: list[Piece], known: Callable[[str], bool]) -> list[Piece]:
    places = [
        (index, match)
        for index, piece in enumerate(parts)
        if not piece.protected
        for match in _WORD.finditer(piece.text)
    ]
    if not places:
        return parts
    index, match = rng.choice(places)
    word = _typo(rng, match.group())
    if known(word):
        return parts
    text = parts[index].text
    return [*parts[:index], Piece(text[: match.start()] + word + text[match.end() :]), *parts[index + 1 :]]


def _typo(rng: Random, word: str) -> str:
    place = rng.randrange(1, len(word))  # people seldom miss the first letter
    draw = rng.random()
    if draw < 0.35 and place + 1 < len(word):
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if draw < 0.6:
        return word[:place] + word[place + 1 :]
    if draw < 0.8:
        return word[:place] + word[place] + word[place:]
    return word[:place] + _KEYS.get(word[place], rng.choice(string.ascii_lowercase)) + word[place + 1 :]


def _cased(rng: Random, parts: list[Piece]) -> list[Piece]:
    draw = rng.random()
    first = parts[0]
    if draw < 0.38:
        if not first.protected:
            parts = [Piece(first.text[:1].upper() + first.text[1:]), *parts[1:]]
    elif draw < 0.5:
        parts = [piece if piece.protected else Piece(piece.text.lower()) for piece in parts]
    elif draw < 0.52 and not any(piece.protected and _is_bare(piece.text) for piece in parts):
        parts = [piece if piece.protected else Piece(piece.text.upper()) for piece in parts]
    if rng.random() < 0.3:
        parts = [piece if piece.protected else Piece(_careless(piece.text)) for piece in parts]
    return parts


def _is_bare(text: str) -> bool:
    """Whether letters stand outside of quotation marks."""
    return text[0] not in "\"'" and any(character.isalpha() for character in text)


def _careless(text: str) -> str:
    return re.sub(r"\bI\b", "i", re.sub(r"(?<=[a-z])['’](?=(s|m|re|d|ll)\b)", "", text))
