"""What a play of the starter library is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StarterPlay:
    """A play ready to be installed; `definition` is in the API's shape."""

    slug: str
    name: str
    purpose: str
    definition: Mapping[str, Any]
