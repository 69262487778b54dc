"""Days of the week as numbers, Monday is 0."""


def five_days() -> list[int]:
    """Monday to Friday."""
    return [0, 1, 2, 3, 4]
