"""Who stands in for whom: chains are fine, circles are not, since nobody would be there."""

from collections.abc import Mapping


def circle(person_id: int, stand_in_id: int, stand_ins: Mapping[int, int | None]) -> list[int]:
    """The circle that a stand-in would close, from `person_id` on; empty where there is none.

    `stand_ins` says who stands in for whom on the same days; who is not in it is there.
    """
    chain, current = [person_id], stand_in_id
    while current not in chain:
        chain.append(current)
        following = stand_ins.get(current)
        if following is None:
            return []
        current = following
    return chain if current == person_id else []
