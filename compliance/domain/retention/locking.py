"""Takes rows that are due and that nobody is working on."""

from typing import Any

from django.db.models import QuerySet

from compliance.domain.retention.removing import Remover


class Busy(Exception):
    """All that is due is being written by somebody else at this moment: look again."""


def lock_free(
    remover: Remover, rows: QuerySet[Any], *names: str, limit: int
) -> list[tuple[Any, ...]]:
    """Values of at most ``limit`` rows, which are locked until the transaction ends; rows that
    somebody else holds are left for the next chunk, so that nobody waits for anybody.

    Raises: Busy (something is due, and all of it is held).
    """
    remover.starts_to_lock()
    free = rows.select_for_update(skip_locked=True, of=("self",)).values_list(*names)
    chosen = list(free[:limit])
    if not chosen and rows.exists():
        raise Busy
    return chosen
