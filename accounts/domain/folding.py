"""Letters made comparable: width, case, accents, look-alikes; names in other scripts stay what they are."""

# ruff: noqa: RUF001  (letters that look like others are what this is about)

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Latin letters that no decomposition takes apart.
_PLAIN = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ħ": "h", "ŋ": "n"}
)
# How a country writes its own letters where it has none of them.
_SPELLED = {
    "german": str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"}),
    "danish": str.maketrans({"å": "aa", "ø": "oe", "æ": "ae"}),
}
_SPELLING = {"DE": "german", "AT": "german", "CH": "german", "LI": "german", "DK": "danish", "NO": "danish"}

# Small letters of other alphabets that look like Latin ones: taken for them only inside a word of Latin letters.
_LOOKALIKES = dict(
    zip(
        "аеорсухіјѕԁһкмтвнԛԝ" + "αορνικτυχηγε",
        "aeopcyxijsdhkmtbhqw" + "aopviktuxnye",
        strict=True,
    )
)
_SINGLE = re.compile(r"(?<![^\W_])[^\W\d_](?:\s?[./:]\s?[^\W\d_](?![^\W_]))+[./:]?")
_DROPPED = re.compile(r"['’‘`´ʼ\"“”„«»]")


def fold(text: str, country: str = "") -> str:
    """Lower case of normal width without accents; only Latin letters lose theirs."""
    wide = unicodedata.normalize("NFKC", text)
    lower = "".join(char for char in wide.casefold() if unicodedata.category(char) != "Cf")
    lower = unicodedata.normalize("NFC", lower)
    if lower.isascii():
        return lower
    if spelling := _SPELLING.get(country):
        lower = lower.translate(_SPELLED[spelling])
    return "".join(_letter(char) for char in lower.translate(_PLAIN))


@lru_cache(maxsize=4096)
def _letter(char: str) -> str:
    parts = unicodedata.normalize("NFD", char)
    if len(parts) > 1 and parts[0].isascii():
        return parts[0]
    return "" if char in _LOOSE_MARKS else char


_LOOSE_MARKS = frozenset("\u0307\u0301\u0300\u0308")


def tokens(text: str, country: str = "") -> list[str]:
    """The folded words of a name, in order: `S.p.A.` and `A/S` are one word each, `Coca-Cola` two, `&` one."""
    folded = _DROPPED.sub("", fold(text, country))
    joined = _SINGLE.sub(lambda found: re.sub(r"[\W_]", "", found.group()) + " ", folded)
    spaced = re.sub(r"([&+])", r" \1 ", joined)
    return _join_letters([_as_latin(word) for word in _words(spaced)])


def _words(text: str) -> list[str]:
    """The runs of letters, digits, "&" and "+"; marks that other scripts write on their letters belong to them."""
    return "".join(
        char if char.isalnum() or char in "&+" or unicodedata.category(char)[0] == "M" else " "
        for char in text
    ).split()


def _join_letters(words: list[str]) -> list[str]:
    """Letters that stand alone side by side are one abbreviation: `J P Morgan` is `JP Morgan`."""
    joined: list[str] = []
    run = ""
    for word in [*words, ""]:
        if len(word) == 1 and word.isascii() and word.isalpha():
            run += word
            continue
        if run:
            joined.append(run)
            run = ""
        if word:
            joined.append(word)
    return joined


def _as_latin(word: str) -> str:
    """A word of Latin letters with look-alikes among them, in Latin letters."""
    if word.isascii() or not any("a" <= char <= "z" for char in word):
        return word
    if all(char.isascii() or char in _LOOKALIKES for char in word):
        return "".join(_LOOKALIKES.get(char, char) for char in word)
    return word
