"""Which record of a call stands for which row: a key may be spoken for once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from abmops.lib.bulk import BulkResult


class Claims:
    """Keys taken by records of one call. An exact repeat counts as unchanged; a different record is refused."""

    def __init__(self, records: Mapping[int, Mapping[str, Any]], result: BulkResult) -> None:
        self._records = records
        self._result = result
        self._owner: dict[Hashable, int] = {}
        self._repeats: list[tuple[int, int]] = []

    def take(self, index: int, keys: Iterable[Hashable], *, pointer: str = "") -> bool:
        """Claim the keys for a record; False when an earlier record has one of them."""
        listed = list(keys)
        earlier = next((self._owner[key] for key in listed if key in self._owner), None)
        if earlier is None:
            self._owner.update((key, index) for key in listed)
            return True
        if self._records[earlier] == self._records[index]:
            self._repeats.append((index, earlier))
        else:
            self._result.refuse(
                index,
                pointer,
                f"Record {earlier} of this call is about the same one and differs. Send one of them.",
            )
        return False

    def settle_repeats(self) -> None:
        """Count the exact repeats, once it is known which records stand."""
        refused = self._result.refused()
        for index, earlier in self._repeats:
            if earlier in refused:
                self._result.refuse(index, "", f"Repeats record {earlier}, which was refused.")
            else:
                self._result.unchanged += 1

    def owner_of(self, key: Hashable) -> int | None:
        """The record that claimed a key."""
        return self._owner.get(key)
