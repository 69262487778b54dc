"""A word of a closed vocabulary, as the API answers it."""

from typing import Any

from rest_framework import serializers


class WordOut(serializers.ChoiceField):
    """A word of a closed vocabulary; what is stored empty is answered as null."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **{"read_only": True, "allow_null": True, **options})

    def to_representation(self, value: Any) -> Any:
        """The word, or null."""
        return value or None
