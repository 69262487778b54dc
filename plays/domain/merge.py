"""Merge fields in step texts: an allow-list of tokens, no filters, no attribute access."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

TOKENS: Final = {
    "account.name": "the company",
    "account.industry": "their industry",
    "contact.name": "your contact",
    "contact.first_name": "there",
    "contact.title": "their role",
    "owner.name": "the account's owner",
    "owner.first_name": "the account's owner",
}
"""Token -> what stands there when the account has no such value."""

_TOKEN = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def unknown_tokens(text: str) -> Iterator[str]:
    """The tokens of a text that no account can fill."""
    for match in _TOKEN.finditer(text):
        if match.group(1) not in TOKENS:
            yield match.group(1)


def merged(text: str, values: Mapping[str, str]) -> str:
    """The text with its tokens replaced; an empty or missing value gives the token's plain words."""

    def fill(match: re.Match[str]) -> str:
        token = match.group(1)
        return values.get(token) or TOKENS.get(token, match.group(0))

    return _TOKEN.sub(fill, text)
