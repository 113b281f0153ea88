"""Whether what comes in, or what is made of it, has moved against the weeks before."""

import math
from collections.abc import Mapping
from typing import Final

MOVED: Final = 0.25
"""From this index on a distribution has moved. Source: Siddiqi (2006), Credit Risk Scorecards:
under 0.1 nothing, up to 0.25 a little, above much."""
LEAST_ITEMS: Final = 200
"""Fewer on either side make an index of chance."""
_FLOOR: Final = 1e-4  # an empty class has no logarithm


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Counts as parts of one; nothing counted: all zero."""
    total = sum(counts.values())
    return {name: count / total if total else 0.0 for name, count in counts.items()}


def stability_index(before: Mapping[str, int], after: Mapping[str, int]) -> float | None:
    """Population stability index over the classes of either side, 0 upwards.

    None if a side has fewer than ``LEAST_ITEMS``.
    """
    if min(sum(before.values()), sum(after.values())) < LEAST_ITEMS:
        return None
    was, has = shares(before), shares(after)
    index = 0.0
    for name in was.keys() | has.keys():
        old, new = max(was.get(name, 0.0), _FLOOR), max(has.get(name, 0.0), _FLOOR)
        index += (new - old) * math.log(new / old)
    return index
