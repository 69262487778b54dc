"""How likely two accounts are one company, and why in sentences, strongest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.domain.likeness import WORTH_A_LOOK, likeness, why
from accounts.domain.names import parse

_OTHER_COUNTRY = 0.05
_LABEL, _PEOPLE, _IDS = 0.65, 0.4, 0.5
# Below this two names have nothing to do with each other.
_NAME_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Named:
    """What is compared of an account."""

    name: str
    country: str
    domain: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The likeness, 0 to 1, and its sentences."""

    likeness: float
    why: list[str]

    @property
    def is_worth_a_look(self) -> bool:
        """Whether a person should decide."""
        return self.likeness >= WORTH_A_LOOK


def compare(
    one: Named, other: Named, *, labels: Iterable[str], people: Iterable[str], ids: Iterable[str]
) -> Verdict:
    """Each thing shared takes its part of what is left of the doubt; another country adds to it."""
    parsed, against = parse(one.name, one.country), parse(other.name, other.country)
    named = likeness(parsed, against)
    abroad = bool(one.country and other.country and one.country != other.country)
    doubt = 1 - (named - (_OTHER_COUNTRY if abroad else 0) if named >= _NAME_FROM else 0)
    said: list[tuple[float, str]] = []
    if named >= _NAME_FROM:
        said.append((named, why(parsed, against)))
    for weight, shared, sentence in (
        (_LABEL, labels, "Their domains are {} under different endings."),
        (_PEOPLE, people, "People of one have an e-mail address at {}, which is the other's."),
        (_IDS, ids, "They have the same id {} in different systems."),
    ):
        if words := sorted(shared):
            doubt *= 1 - weight
            said.append((weight, sentence.format(", ".join(words[:3]))))
    sentences = [sentence for _, sentence in sorted(said, key=lambda pair: -pair[0])]
    if abroad:
        sentences.append(f"They are in different countries: {one.country} and {other.country}.")
    elif one.country and one.country == other.country:
        sentences.append(f"Both are in {one.country}.")
    return Verdict(round(min(1 - doubt, 1.0), 3), sentences)
