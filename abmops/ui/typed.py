"""Numbers as they are typed into a form, and as they stand in an address."""

import math
import re
from collections.abc import Iterable

LONGEST = 40
"""So much of what is no number is kept, to be shown at its field."""

THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([, \u00a0\u202f])\d{3}(?:\1\d{3})*(?:\.\d+)?")


def number(text: str) -> int | float | str:
    """A number as typed; what is none stays text, to be complained about at its field.

    A comma or a blank stands between thousands, or it is no number: read without it, "1,5" and "1 5" would be fifteen.
    """
    bare = text.strip()
    if grouped := THOUSANDS.fullmatch(bare):
        bare = bare.replace(grouped[1], "")
    for kind in () if "_" in bare else (int, float):  # only Python groups by it
        try:
            found = kind(bare)
            if math.isfinite(found):
                return found
        except (ValueError, OverflowError):
            continue
    return text.strip()[:LONGEST].replace("\0", "")


def row_id(text: str) -> int:
    """The number of a row; 0, which no row has, for what is none or longer than any that the database holds."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def row_ids(texts: Iterable[str]) -> list[int]:
    """The numbers of rows among several texts, in their order."""
    return [found for text in texts if (found := row_id(text))]
