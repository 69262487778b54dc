"""The scoreboard's own sources of numbers."""

from scoreboard.domain.registry import Source
from scoreboard.domain.registry import register as add
from scoreboard.selectors import activity, comparison, conversion, crossings, list_accounts, pipeline

OWN = (
    Source("list", tuple(list_accounts.RULES), list_accounts.figures, list_accounts.cases),
    Source("pipeline", tuple(pipeline.MEASURES), pipeline.figures, pipeline.cases),
    Source("conversion", (conversion.JOINED, conversion.WON), conversion.figures, conversion.cases),
    Source("crossings", crossings.KEYS, crossings.figures, crossings.cases),
    Source("activity", tuple(activity.MEASURES), activity.figures, activity.cases),
    Source("comparison", comparison.KEYS, comparison.figures, comparison.cases),
)


def register() -> None:
    """Make them known."""
    for source in OWN:
        add(source)
