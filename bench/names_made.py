"""Made-up companies, the ways people write one of them, and others whose names are near: labelled, for `matching`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

_STARTS = """
nor sud al bel cor dan ek fal gar hel ist jor kel lum mar nex or pol quin ros sel tar ul vex wal zen
"""
_ENDS = "dia ström ford mann tec wind via gard lux field berg nova plex stein core bridge dal hofer ska reau"
_SECONDS = (
    "Logistics Foods Robotics Instruments Textiles Optics Ceramics Shipping Brewing Tools Papier Plastics"
)
_START, _END, _SECOND = _STARTS.split(), _ENDS.split(), _SECONDS.split()
_ACCENTS = str.maketrans({"o": "ö", "e": "é", "a": "á"})

# country -> spellings of one form, each line a legal person of its own kind
_FORMS: dict[str, list[list[str]]] = {
    "DE": [["GmbH", "G.m.b.H.", "gmbh", "Gesellschaft mit beschränkter Haftung"], ["AG", "A.G.", "Aktiengesellschaft"]],
    "FR": [["SARL", "S.A.R.L.", "Société à responsabilité limitée"], ["SAS", "S.A.S."]],
    "US": [["Inc.", "Inc", "Incorporated", ", Inc."], ["LLC", "L.L.C.", "Limited Liability Company"]],
    "GB": [["Ltd", "Ltd.", "Limited"], ["plc", "P.L.C.", "Public Limited Company"]],
    "ES": [["S.L.", "SL", "Sociedad Limitada"], ["S.A.", "SA", "Sociedad Anónima"]],
    "PL": [["Sp. z o.o.", "sp. z o. o.", "Sp zoo", "Spółka z ograniczoną odpowiedzialnością"], ["S.A.", "SA"]],
    "IT": [["S.p.A.", "SpA", "Società per Azioni"], ["S.r.l.", "SRL"]],
    "SE": [["AB", "Aktiebolag", "AB (publ)"]],
    "MX": [["S.A. de C.V.", "SA de CV", "S. A. de C. V."]],
    "TR": [["A.Ş.", "AŞ", "Anonim Şirketi"], ["Ltd. Şti.", "Ltd Şti", "Limited Şirketi"]],
    "IN": [["Pvt. Ltd.", "Private Limited", "Pvt Ltd"]],
    "AU": [["Pty Ltd", "Pty. Ltd.", "Proprietary Limited"]],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """A name as somebody wrote it; `company` is the truth, `how` the way it came to be."""

    company: int
    name: str
    country: str
    how: str


def made(companies: int, *, seed: int = 7) -> list[Named]:
    """So many companies: each once as registered, in several spellings, and with neighbours that are others."""
    dice = random.Random(seed)
    names: list[Named] = []
    taken: set[str] = set()
    number = 0
    while number < companies:
        stem = dice.choice(_START) + dice.choice(_START) + dice.choice(_END)
        if stem in taken:
            continue
        taken.add(stem)
        number += 1
        country = dice.choice(list(_FORMS))
        names += _company(dice, number * 10, stem, country)
    return names


def _company(dice: random.Random, company: int, stem: str, country: str) -> Iterator[Named]:
    accented = stem.translate(_ACCENTS) if dice.random() < 0.3 else stem
    joined = dice.random() < 0.2
    words = f"{accented.title()} & Co" if joined and country in {"GB", "US"} else accented.title()
    words = f"{words} {dice.choice(_SECOND)}" if dice.random() < 0.6 else words
    forms = _FORMS[country]
    form = dice.choice(forms)
    name = f"{words} {form[0]}"
    yield Named(company, name, country, "registered")
    for how, written in _spellings(dice, words, form):
        yield Named(company, written, country, how)
    for how, written in _slips(dice, words, form):
        yield Named(company, written, country, how)
    for offset, (how, written, where) in enumerate(_neighbours(dice, words, form, forms, country), 1):
        yield Named(company + offset, written, where, how)


def _spellings(dice: random.Random, words: str, form: list[str]) -> Iterator[tuple[str, str]]:
    """The same name: only what a name means nothing by is written differently."""
    yield "form", f"{words} {dice.choice(form)}"
    yield "no form", words
    yield "case", f"{words} {form[0]}".upper()
    yield "accents", f"{_plain(words)} {form[0]}"
    yield (
        "punctuation",
        f"{words.replace(' ', '-', 1) if ' & ' not in words else words.replace('&', 'and')}, {form[0]}",
    )
    yield "the", f"The {words} {form[0]}"
    yield "width", "".join(chr(ord(char) + 0xFEE0) if "!" < char <= "~" else char for char in words)


def _slips(dice: random.Random, words: str, form: list[str]) -> Iterator[tuple[str, str]]:
    """The same company, but somebody slipped: a person has to see it."""
    at = dice.randrange(2, 6)
    yield "letter left out", f"{words[:at]}{words[at + 1 :]} {form[0]}"
    yield "letters swapped", f"{words[:at]}{words[at + 1]}{words[at]}{words[at + 2 :]} {form[0]}"
    first, *rest = words.split()
    if rest and "&" not in words:
        yield "order", f"{' '.join(rest)} {first} {form[0]}"
        yield "glued", f"{words.replace(' ', '')} {form[0]}"


def _neighbours(
    dice: random.Random, words: str, form: list[str], forms: list[list[str]], country: str
) -> Iterator[tuple[str, str, str]]:
    """Other companies whose names are near."""
    first = words.split(maxsplit=1)[0]
    yield "another line", f"{first} {dice.choice(['Ventures', 'Pharma', 'Aviation'])} {form[0]}", country
    yield (
        "another stem",
        f"{first[:3]}{dice.choice(['kamp', 'quist', 'ovar'])} {' '.join(words.split()[1:])} {form[0]}",
        country,
    )
    yield "a number", f"{words} {dice.randrange(2, 90)} {form[0]}", country
    yield "abroad", words, next(code for code in _FORMS if code != country)
    if len(forms) > 1:
        yield "another form", f"{words} {next(other for other in forms if other is not form)[0]}", country


def _plain(text: str) -> str:
    return text.translate(str.maketrans("öéáÖÉÁ", "oeaOEA"))
