"""Legal forms of companies by country: what cleanco knows, and what it lacks.

A form is a tuple of folded tokens with its class: two names whose classes differ ("Acme GmbH", "Acme AG") are two legal
persons until somebody says otherwise. Forms that are ordinary words elsewhere count only in their own countries.
"""

from __future__ import annotations

from functools import lru_cache

from cleanco.termdata import terms_by_country

from accounts.domain.folding import tokens
from accounts.domain.legal_form_table import ANYWHERE, BEFORE, OURS

# cleanco names countries its own way.
_CODES = {
    "Albania": "AL", "Argentina": "AR", "Australia": "AU", "Austria": "AT", "Belarus": "BY", "Belgium": "BE",
    "Bosnia / Herzegovina": "BA", "Bulgaria": "BG", "Cambodia": "KH", "Canada": "CA", "Chile": "CL", "Columbia": "CO",
    "Croatia": "HR", "Czech Republic": "CZ", "Denmark": "DK", "Dominican Republic": "DO", "Ecuador": "EC",
    "Egypt": "EG", "Estonia": "EE", "Finland": "FI", "France": "FR", "Germany": "DE", "Greece": "GR",
    "Guatemala": "GT", "Haiti": "HT", "Hong Kong": "HK", "Hungary": "HU", "Iceland": "IS", "India": "IN",
    "Indonesia": "ID", "Ireland": "IE", "Israel": "IL", "Italy": "IT", "Japan": "JP", "Latvia": "LV", "Lebanon": "LB",
    "Lithuania": "LT", "Luxemborg": "LU", "Macedonia": "MK", "Malaysia": "MY", "Mexico": "MX", "Mongolia": "MN",
    "Netherlands": "NL", "New Zealand": "NZ", "Nigeria": "NG", "Norway": "NO", "Oman": "OM", "Pakistan": "PK",
    "Peru": "PE", "Philippines": "PH", "Poland": "PL", "Portugal": "PT", "Romania": "RO", "Russia": "RU",
    "Serbia": "RS", "Singapore": "SG", "Slovenia": "SI", "Slovakia": "SK", "Spain": "ES", "Sweden": "SE",
    "Switzerland": "CH", "Turkey": "TR", "Ukraine": "UA", "United Kingdom": "GB", "United States of America": "US",
    "Uzbekistan": "UZ",
}  # fmt: skip

# The European company stands in every country of the union and its neighbours.
_SE = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"

# Of cleanco's terms these are words or abbreviations of many brands; where we want them, they stand above.
_TOO_COMMON = frozenset({"private", "ent", "es", "fund", "unlimited", "other", "ad", "et"})

Form = tuple[str, ...]


@lru_cache(maxsize=512)
def endings(country: str) -> dict[Form, str]:
    """The forms that may end a name in a country ("" = not known), each with its class."""
    forms = _classes(ANYWHERE.replace("\\\n", "").strip().split("\n"))
    if not country:
        return forms
    own = _classes(OURS.get(country, "").split(";"))
    if country in _SE:
        own["se",] = "se"
    for term in _cleanco().get(country, ()):
        form = tuple(tokens(term))
        for spelled in (form, ("".join(form),)):
            if form and " ".join(spelled) not in _TOO_COMMON:
                own.setdefault(spelled, forms.get(spelled, "".join(form)))
    return forms | own


@lru_cache(maxsize=512)
def beginnings(country: str) -> dict[Form, str]:
    """The forms that may stand before a name in a country."""
    known = endings(country)
    listed = ";".join((BEFORE[""], BEFORE.get(country, ""))).split(";")
    return {form: known.get(form, " ".join(form)) for text in listed if (form := tuple(tokens(text)))}


def _classes(lines: list[str]) -> dict[Form, str]:
    forms: dict[Form, str] = {}
    for line in lines:
        names = [tuple(tokens(text)) for text in line.split("|")]
        for form in names:
            if form:
                forms.setdefault(form, " ".join(names[0]))
    return forms


@lru_cache(maxsize=1)
def _cleanco() -> dict[str, list[str]]:
    return {code: list(terms_by_country[name]) for name, code in _CODES.items() if name in terms_by_country}
