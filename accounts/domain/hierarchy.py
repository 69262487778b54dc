"""Trees given as child → parent: finding the edges that would close a circle."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def in_circles(parents: Mapping[Node, Node]) -> set[Node]:
    """Every child whose way up comes back to itself. Linear in the number of edges."""
    done: set[Node] = set()
    circles: set[Node] = set()
    for start in parents:
        way: list[Node] = []
        place: dict[Node, int] = {}
        node = start
        while node in parents and node not in done and node not in place:
            place[node] = len(way)
            way.append(node)
            node = parents[node]
        if node in place:
            circles.update(way[place[node] :])
        done.update(way)
    return circles
