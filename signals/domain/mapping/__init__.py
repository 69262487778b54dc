"""What a sender's own JSON or CSV means to us: a source's stored mapping, read, read aloud, and applied.

    mapping = mapping.parse(source.mapping)              # FieldErrors, all of them, each a sentence
    for made in mapping.apply(payload, now=now): ...     # a record of the native bulk, or why there is none

A mapping says where the items lie, which of them count, and where each field of a record comes from:

    {"items": "companies[].topics[]",
     "only": [{"path": "composite_score", "at_least": 60, "called": "not surging"}],
     "record": {"type": {"value": "topic-surge"}, "account_domain": {"path": ["../domain", "../website"]},
                "topic": "topic", "strength": "composite_score",
                "occurred_at": {"path": "$.week", "format": "DD.MM.YYYY"}},
     "followed_topics_only": true}
"""

from signals.domain.mapping.applying import LeftOut, Made, Unfit, apply
from signals.domain.mapping.parsing import Mapping, parse
from signals.domain.mapping.presets import PRESETS, Preset
from signals.domain.mapping.rule import FIELDS, Damaged
from signals.domain.mapping.simple import Line, lines_of, with_lines
from signals.domain.mapping.words import describe

__all__ = [
    "FIELDS",
    "PRESETS",
    "Damaged",
    "LeftOut",
    "Line",
    "Made",
    "Mapping",
    "Preset",
    "Unfit",
    "apply",
    "describe",
    "lines_of",
    "parse",
    "with_lines",
]
