"""How often a public form may be sent: counted in the shared cache, for all processes together."""

import hashlib
from collections.abc import Iterable

from django.core.cache import cache

HOUR_S = 3600

type Limit = tuple[str, int, int]
"""What is counted (hashed in the key), how often at most, in how many seconds."""


def count_try(form: str, limits: Iterable[Limit]) -> bool:
    """Count one more try against each limit; False as soon as one is passed."""
    for what, most, seconds in limits:
        digest = hashlib.sha256(what.encode()).hexdigest()[:32]
        key = f"{form}:{digest}"
        cache.add(key, 0, timeout=seconds)
        try:
            count = cache.incr(key)
        except ValueError:  # it ran out between the two calls
            count = 1
        if count > most:
            return False
    return True
