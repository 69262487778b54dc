"""Thousands of values for one `= ANY(...)`: as one text each, which neither psycopg2 nor PostgreSQL looks through value
by value, as they do with `ARRAY[...]`."""

from collections.abc import Iterable, Sequence

import msgspec

NUMBERS = "string_to_array(%s, ',')::bigint[]"
"""Stands for the numbers that `listed` gives."""

TEXTS = "ARRAY(SELECT json_array_elements_text(%s))"
"""Stands for the texts that `as_json` gives."""


def listed(numbers: Iterable[int]) -> str:
    """Whole numbers for `NUMBERS`."""
    return ",".join(map(str, numbers))


def as_json(texts: Sequence[str]) -> str:
    """Texts for `TEXTS`, whatever is in them but NUL."""
    return msgspec.json.encode(texts).decode()
