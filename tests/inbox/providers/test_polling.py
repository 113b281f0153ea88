from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.providers.errors import ErrorClass, PlatformFailure
from inbox.providers.polling import Page, believed_gone, moment, walk

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _item(minute: int) -> dict[str, str]:
    return {"at": (NOW - timedelta(hours=20) + timedelta(minutes=minute)).isoformat()}


@settings(max_examples=40, deadline=None)
@given(
    arrivals=st.lists(st.integers(0, 6), min_size=1, max_size=12),
    pages=st.integers(1, 3),
    size=st.integers(1, 3),
    broken=st.sets(st.integers(0, 40)),
)
def test_whatever_comes_in_while_it_is_read_nothing_is_left_out(
    arrivals: list[int], pages: int, size: int, broken: set[int]
) -> None:
    """Newest first; a page is named by the item it begins below, as cursors of networks are."""
    there: list[int] = []
    seen: set[str] = set()
    cursor: dict[str, Any] = {}
    calls = 0

    def fetch(page: str) -> Page:
        nonlocal calls
        calls += 1
        if calls in broken:
            raise PlatformFailure(ErrorClass.TRANSIENT)
        below = [one for one in reversed(there) if not page or one < int(page)]
        found = below[:size]
        return Page([_item(one) for one in found], str(found[-1]) if len(below) > size else "")

    def poll() -> bool:
        try:
            walked = walk(cursor, fetch, lambda row: moment(row["at"]), pages=pages, now=NOW)
        except PlatformFailure:
            return True
        seen.update(row["at"] for row in walked.items)
        return walked.is_behind

    for count in arrivals:
        there += range(len(there), len(there) + count)
        poll()
    complete = 0
    while complete < 2:  # the walk that was under way, then one from the top
        complete += not poll()

    assert seen == {_item(one)["at"] for one in there}


def test_a_missing_comment_is_believed_the_second_time_whatever_was_looked_at_between() -> None:
    cursor: dict[str, Any] = {}

    looks = [
        believed_gone(cursor, ["a", "b"], {"b"}),
        believed_gone(cursor, ["c"], {"c"}),
        believed_gone(cursor, ["a", "b"], {"b"}),
        believed_gone(cursor, ["b"], set()),
        believed_gone(cursor, ["b"], {"b"}),
        believed_gone(cursor, ["b"], set()),
    ]

    assert looks == [[], [], ["a"], [], [], []]


def test_times_without_a_zone_are_none() -> None:
    assert moment("2026-11-22T12:00:00Z") == NOW
    assert [moment(one) for one in ("2026-11-22T12:00:00", "x", None, 5)] == [None] * 4
