"""Merge fields in step texts: an allow-list of fields with an own fallback, no filters, no attribute access.

`{{contact.title}}` is replaced by the contact's title; where there is none, by the field's plain words, or by the
writer's own after a bar: `{{contact.title|your team}}`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

TOKENS: Final = {
    "account.name": "the company",
    "account.industry": "their industry",
    "contact.name": "your contact",
    "contact.first_name": "there",
    "contact.last_name": "your contact",
    "contact.title": "their role",
    "contact.role": "their part in the decision",
    "owner.name": "the account's owner",
    "owner.first_name": "the account's owner",
}
"""Field -> what stands there when the account has no such value."""

MEANINGS: Final = {
    "account.name": "the account's name",
    "account.industry": "the account's industry",
    "contact.name": "the contact's whole name",
    "contact.first_name": "the contact's first name",
    "contact.last_name": "the contact's last name",
    "contact.title": "the contact's job title",
    "contact.role": "the contact's part in the buying committee",
    "owner.name": "the name of whoever owes the step",
    "owner.first_name": "the first name of whoever owes the step",
}
"""Field -> what it is, for the list beside the editor."""

LONGEST_FALLBACK: Final = 80
_FIELD = re.compile(r"\{\{([^{}]*)\}\}")


@dataclass(frozen=True, slots=True)
class Gap:
    """A field of a text that an account leaves empty, and the words that stand there instead."""

    token: str
    instead: str

    @property
    def sentence(self) -> str:
        """`Nothing is known for {{contact.title}}, so “their role” stands there.`"""
        return f"Nothing is known for {{{{{self.token}}}}}, so “{self.instead}” stands there."


def _split(inside: str) -> tuple[str, str]:
    """`contact.title | you` -> (`contact.title`, `you`)."""
    token, _, fallback = inside.partition("|")
    return token.strip(), fallback.strip()


def complaints(text: str) -> Iterator[str]:
    """What is wrong with the merge fields of a text, a sentence each."""
    for match in _FIELD.finditer(text):
        token, fallback = _split(match.group(1))
        if token not in TOKENS:
            near = get_close_matches(token, TOKENS, n=1)
            meant = f"; perhaps “{near[0]}” is meant" if near else ""
            yield f"The merge field “{token[:60]}” is not known{meant}. Known: {', '.join(TOKENS)}."
        if len(fallback) > LONGEST_FALLBACK:
            yield f"The words for an empty “{token[:60]}” are longer than {LONGEST_FALLBACK} characters."
    rest = _FIELD.sub("", text)
    if "{{" in rest or "}}" in rest:
        yield (
            "Two braces stand alone: a merge field begins with {{ and ends with }}, as in {{contact.first_name}}."
        )


def gaps(text: str, values: Mapping[str, str]) -> tuple[Gap, ...]:
    """The fields of a text that have no value here, each once, with what stands there instead."""
    found: dict[str, Gap] = {}
    for match in _FIELD.finditer(text):
        token, fallback = _split(match.group(1))
        if token in TOKENS and not values.get(token):
            found.setdefault(token, Gap(token, fallback or TOKENS[token]))
    return tuple(found.values())


def merged(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields replaced; an empty value gives the writer's own words, else the field's plain ones."""

    def fill(match: re.Match[str]) -> str:
        token, fallback = _split(match.group(1))
        if token not in TOKENS:
            return match.group(0)
        return values.get(token) or fallback or TOKENS[token]

    return _FIELD.sub(fill, text)
