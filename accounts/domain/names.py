"""Company names made comparable: without legal form, case, accents, punctuation, "The" and ways to write "and".

The order of the words is kept and nothing else is guessed: "Acme Software" is not "Acme". What is merely alike is for
`likeness`, and for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from accounts.domain.folding import fold, tokens
from accounts.domain.legal_form_table import GLUED
from accounts.domain.legal_forms import Form, beginnings, endings

_AND = {"": frozenset({"&", "+", "and", "und", "et", "og", "och"})}
_AND_IN = {"ES": "y", "MX": "y", "AR": "y", "CO": "y", "CL": "y", "PE": "y", "PT": "e", "BR": "e", "IT": "e",
           "NL": "en", "BE": "en", "FI": "ja", "EE": "ja", "PL": "i", "HU": "es"}  # fmt: skip
_ARTICLES = frozenset({"the"})

# Words that many companies share: a name of nothing else names nobody.
_GENERIC = """
and of for de la le les der die das und et the a an
group groupe gruppe grupo gruppo holding holdings company companies co enterprise enterprises international global
worldwide europe european america american national federal united general first new
bank banque banca banco insurance finance financial capital investment investments partners partner associates
services service solutions solution systems system software technology technologies tech technologie digital data
consulting consultants consultancy management marketing media design engineering industries industry industrial
trading trade import export logistics transport construction real estate properties energy power health medical
pharma foods food products production manufacturing research labs lab studio studios school university college
institute foundation association club shop store stores online web cloud network networks communications
usa us uk eu deutschland germany france test demo unknown private self employed freelance none na null
"""
GENERIC = frozenset(_GENERIC.split())

_LONGEST = 255  # characters of a key, as long as the name may be
LEAST = 2  # a key of one letter names nobody


@dataclass(frozen=True, slots=True)
class Parsed:
    """A name taken apart: the key that two spellings share, and the class of its legal form ("" = none is said)."""

    key: str
    form: str


def normal_name(name: str, country: str = "") -> str:
    """The key that all spellings of a company's name share within a country; "" where the name names nobody.

    `country` (ISO code) says which legal forms and letters are meant: "AS" ends a name in Norway and not in Spain.
    """
    return parse(name, country).key


@lru_cache(maxsize=65536)
def parse(name: str, country: str = "") -> Parsed:
    """The key and the legal form of a name."""
    text, glued = _cut_glued(name.strip())
    words = tokens(text, country)
    words, ended = _cut(words, endings(country), at_end=True)
    words, begun = _cut(words, beginnings(country), at_end=False)
    joins = _AND[""] | {_AND_IN.get(country, "&")}
    words = ["and" if word in joins else word for word in words]
    words = _without_articles(words)
    while words and words[-1] == "and":
        words.pop()
    form = ended or begun or glued
    return Parsed("" if is_generic(words) else " ".join(words)[:_LONGEST].rstrip(), form)


def is_generic(words: list[str]) -> bool:
    """Whether words name nobody: none at all, one letter, or only what many companies are called."""
    return len("".join(words)) < LEAST or all(word in GENERIC or word.isdigit() for word in words)


def same_company(one: Parsed, other: Parsed) -> bool:
    """Whether two names of one country are one company's: the same key, and legal forms that do not differ."""
    return (
        bool(one.key) and one.key == other.key and (not one.form or not other.form or one.form == other.form)
    )


def compact(key: str) -> str:
    """A key without its spaces: "coca cola" and "cocacola" are alike."""
    return key.replace(" ", "")


def _cut(words: list[str], forms: dict[Form, str], *, at_end: bool) -> tuple[list[str], str]:
    """Take legal forms off one end, the longest first, as long as there are any; the class of the outermost."""
    longest = max((len(form) for form in forms), default=0)
    outermost = ""
    while words:
        for size in range(min(longest, len(words)), 0, -1):
            piece = tuple(words[-size:] if at_end else words[:size])
            if piece in forms:
                outermost = outermost or _class(forms[piece])
                words = words[:-size] if at_end else words[size:]
                break
        else:
            break
    return words, outermost


def _class(name: str) -> str:
    """ "Company" and "Co." say nothing of the form."""
    return "" if name in {"co", "cia", "societe", "ste", "trust"} else name


def _cut_glued(text: str) -> tuple[str, str]:
    """Forms of scripts that write without spaces, off either end."""
    if text.isascii():
        return text, ""
    plain = fold(text)
    for form, name in sorted(GLUED.items(), key=lambda pair: -len(pair[0])):
        if plain.startswith(form):
            return plain[len(form) :], name
        if plain.endswith(form):
            return plain[: -len(form)], name
    return text, ""


def _without_articles(words: list[str]) -> list[str]:
    """ "The Acme" and "Acme, The" are Acme."""
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    if len(words) > 1 and words[-1] in _ARTICLES:
        words = words[:-1]
    return words
