"""Where an enrollment goes on when it is moved to another version of its play: never back, and nothing twice."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from plays.domain.definition import PlayDefinition, Step

Where = Literal["same", "later", "stays"]


@dataclass(frozen=True, slots=True)
class Placement:
    """`same`: at the step it stands at. `later`: that step is gone, so at `step`. `stays`: on its own version."""

    where: Where
    sentence: str
    position: int = -1
    step: Step | None = None


def place(
    current: str | None, behind: Collection[str], old: PlayDefinition, new: PlayDefinition
) -> Placement:
    """Where an enrollment stands in the new version.

    `current`: the key of the step that is open or waited for. `behind`: the keys of the steps that are done or skipped.
    A step that the new version no longer has is followed by the next of the old order that it does have.
    """
    if current is None:
        return Placement(
            "stays", "It stays: no step of it is open or waited for, so there is nothing to move."
        )
    positions = {step.key: position for position, step in enumerate(new.steps)}
    if current in positions:
        position = positions[current]
        step = new.steps[position]
        return Placement("same", f"It goes on at “{step.name}”.", position, step)
    later = [step.key for step in old.steps]
    after = later[later.index(current) + 1 :] if current in later else []
    for key in after:
        if key in positions and key not in behind:
            step = new.steps[positions[key]]
            gone = _name(old, current)
            return Placement(
                "later",
                f"“{gone}” is no longer in it, so it goes on at “{step.name}”.",
                positions[key],
                step,
            )
    return Placement(
        "stays",
        f"It stays: the new version has neither “{_name(old, current)}” nor any step that came after it.",
    )


def _name(definition: PlayDefinition, key: str) -> str:
    return next((step.name for step in definition.steps if step.key == key), key)
