"""What a new installation begins with: sources, the signal catalogue and the thresholds, in the API's shape.

Plain documents, so that they go in through the same services as anybody's own: `SOURCES`, `TYPES`,
`THRESHOLDS`.
"""

from signals.domain.starter.sources import SOURCES
from signals.domain.starter.thresholds import THRESHOLDS
from signals.domain.starter.types import TYPES

__all__ = ["SOURCES", "THRESHOLDS", "TYPES"]
