"""How far people say the same of the same thing, beyond chance."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


def cohens_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Two people, one pair of labels per thing: 1 is full agreement, 0 is chance.

    None where there is nothing to tell: no pairs, or both always say one and the same.
    Source: Cohen (1960), Educational and Psychological Measurement 20, 37-46.
    """
    total = len(pairs)
    if not total:
        return None
    first = Counter(one for one, _ in pairs)
    second = Counter(other for _, other in pairs)
    seen = sum(one == other for one, other in pairs) / total
    chance = sum(first[label] * second[label] for label in first) / total**2
    return None if chance == 1 else (seen - chance) / (1 - chance)


def krippendorffs_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Any number of people, labels without an order: 1 is full agreement, 0 is chance.

    ``units``: the labels each thing got; things with fewer than two say nothing and are left out.
    None where there is nothing to tell. Source: Krippendorff (2011), Computing Krippendorff's
    Alpha-Reliability, part D.
    """
    labels: Counter[Hashable] = Counter()
    together = 0.0
    for unit in units:
        if len(unit) < 2:
            continue
        counts = Counter(unit)
        labels += counts
        together += sum(n * (n - 1) for n in counts.values()) / (len(unit) - 1)
    total = labels.total()
    if total < 2 or len(labels) < 2:
        return None
    chance = sum(n * (n - 1) for n in labels.values()) / (total - 1)
    return 1 - (total - together) / (total - chance)
