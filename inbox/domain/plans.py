"""Claims must cost the same however long a queue is, whatever the database believes it to be."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def along_the_index() -> Iterator[None]:
    """Inside, the order is read off an index. In a transaction.

    Statistics lag behind a flood: a table that was small a minute ago would be read as a whole and
    sorted, for the first few rows of it, again and again. Partial sorts are switched off too: else
    half of an index would be read and the rest sorted.
    """
    _other_ways("off")
    yield
    _other_ways("on")


def _other_ways(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            ";".join(
                f"SET LOCAL {way} = {value}"
                for way in ("enable_seqscan", "enable_sort", "enable_incremental_sort")
            )
        )
