"""Which record of a call stands for which row: a key may be spoken for once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from abmops.lib.bulk import BulkResult


class Claims:
    """Keys taken by records of one call. An exact repeat counts as unchanged; a different record is refused."""

    def __init__(self, records: Mapping[int, Mapping[str, Any]], result: BulkResult) -> None:
        self._records = records
        self._result = result
        self._owner: dict[Hashable, int] = {}
        self._repeats: list[tuple[int, int]] = []

    def take(self, index: int, keys: Mapping[Any, str]) -> bool:
        """Claim keys, each with the pointer to where it stands; False when an earlier record has one of them."""
        shared = next((key for key in keys if key in self._owner), None)
        if shared is None:
            self._owner.update((key, index) for key in keys)
            return True
        earlier = self._owner[shared]
        if self._records[earlier] == self._records[index]:
            self._repeats.append((index, earlier))
        else:
            self._result.refuse(
                index,
                keys[shared],
                f"{_spoken(shared)} stands in record {earlier} of this call already, and the two differ. "
                "Send one record for it, or take the key out of the wrong one.",
            )
        return False

    def settle_repeats(self) -> None:
        """Count the exact repeats, once it is known which records stand."""
        refused = self._result.refused()
        for index, earlier in self._repeats:
            if earlier in refused:
                self._result.refuse(index, "", f"Repeats record {earlier}, which was refused.")
            else:
                self._result.repeats(index, earlier)

    def owner_of(self, key: Hashable) -> int | None:
        """The record that claimed a key."""
        return self._owner.get(key)


def _spoken(key: Any) -> str:
    """A key as people write it: of ("external", "crm", "A-1") the last part."""
    return str(key[-1]) if isinstance(key, tuple) else str(key)
