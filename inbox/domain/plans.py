"""Claims must cost the same however long a queue is, whatever the database believes it to be."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def along_the_index() -> Iterator[None]:
    """Inside, the order is read off an index. In a transaction.

    Statistics lag behind a flood: a table that was small a minute ago would be read as a whole and
    sorted, for the first few rows of it, again and again.
    """
    _sorting("off")
    yield
    _sorting("on")


def _sorting(value: str) -> None:
    """Both: with plain sorts off, half of an index and a sort of the rest would still be taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL enable_sort = {value}; SET LOCAL enable_incremental_sort = {value}"
        )
