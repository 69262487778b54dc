"""The starter catalogue and thresholds (skeleton): SOURCES, TYPES, THRESHOLDS tuples of plain dicts in the API's shape."""
SOURCES: tuple[dict[str, object], ...] = ()
TYPES: tuple[dict[str, object], ...] = ()
THRESHOLDS: tuple[dict[str, object], ...] = ()
