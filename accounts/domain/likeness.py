"""How alike two company names are, 0 to 1, and why in a sentence. Only ever a suggestion."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from accounts.domain.names import GENERIC, Parsed, compact

# From here on two names are worth a person's look.
WORTH_A_LOOK = 0.82
_GENERIC_WEIGHT = 0.35
_WORD_FROM = 0.8  # two words below this are two words
_GLUED_FROM = 0.9  # a slip in ten letters
_SAME_WORD_LENGTH = 4  # shorter words are the same or not: "SAP" and "SAS"


def likeness(one: Parsed, other: Parsed) -> float:
    """How alike two names are: by words, in any order, those that many companies share weighing little.

    A number in one name and not in the other ("Studio 54", "Studio 55") makes two names.
    """
    if not one.key or not other.key:
        return 0.0
    if one.key == other.key:
        return 1.0 if not one.form or not other.form or one.form == other.form else 0.95
    if _numbers(one.key) != _numbers(other.key):
        return 0.0
    if compact(one.key) == compact(other.key):
        return 0.97
    by_words = _by_words(one.key.split(), other.key.split())
    glued = OSA.normalized_similarity(compact(one.key), compact(other.key))
    near = glued if glued >= _GLUED_FROM and one.key[0] == other.key[0] else 0.0
    return round(min(0.96, max(by_words, near)), 3)


def why(one: Parsed, other: Parsed) -> str:
    """What the likeness rests on."""
    if one.key == other.key:
        if one.form and other.form and one.form != other.form:
            return f"The names differ only in their legal form ({one.form} and {other.form})."
        return "The names are the same without legal form, case, accents and punctuation."
    if compact(one.key) == compact(other.key):
        return "The names differ only in their spaces."
    if sorted(one.key.split()) == sorted(other.key.split()):
        return "The names are the same words in another order."
    return f"The names are alike: {one.key} and {other.key}."


def _numbers(key: str) -> list[str]:
    return sorted(word for word in key.split() if any(char.isdigit() for char in word))


def _by_words(ones: list[str], others: list[str]) -> float:
    """Twice the weight of the pairs of like words, over the weight of all words; a pair counts with its likeness."""
    total = sum(map(_weight, ones)) + sum(map(_weight, others))
    free = list(others)
    met = 0.0
    for word in ones:
        best = max(free, key=lambda other: _word(word, other), default="")
        alike = _word(word, best) if best else 0.0
        if alike:
            met += (_weight(word) + _weight(best)) * alike
            free.remove(best)
    return met / total if total else 0.0


def _word(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if min(len(one), len(other)) < _SAME_WORD_LENGTH or one[0] != other[0]:
        return 0.0  # a slip seldom hits the first letter: "Dealtime" and "Realtime" are two
    alike = OSA.normalized_similarity(one, other)
    return alike if alike >= _WORD_FROM else 0.0


def _weight(word: str) -> float:
    return _GENERIC_WEIGHT if word in GENERIC else 1.0
