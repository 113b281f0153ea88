"""The brands of an agency, worst first: ranked in the database, read one page at a time."""

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from reporting.domain.figures import COUNTED, FIGURES, Figures, counting
from tenants.choices import BrandState
from tenants.models import Brand

ROWS = 30
_LONGEST_CURSOR = 2_000
_STATES = frozenset(BrandState.values)


@dataclass(frozen=True, slots=True)
class Row:
    """A brand of the overview."""

    brand: Brand
    figures: Figures

    @property
    def is_frozen(self) -> bool:
        return self.brand.state == BrandState.FROZEN


@dataclass(frozen=True, slots=True)
class Overview:
    """One page of brands. ``found`` counts those that match the filter, ``total`` adds up all of
    them, filter or not. ``next_cursor`` is empty on the last page."""

    rows: list[Row]
    found: int
    total: Figures
    next_cursor: str
    is_first: bool


# Worst first; the name and the key make the rank unique.
_RANK = 'late_rank, stop_rank, soon_rank, wait_rank, name_rank COLLATE "C", brand_id'
_PAGE = f"""{COUNTED}, ranked AS MATERIALIZED (
    SELECT counted.*, state, sending_stopped_at IS NOT NULL AS is_stopped,
        -(late + cases_late + appeals_late) AS late_rank,
        -(sending_stopped_at IS NOT NULL)::int AS stop_rank,
        -(soon + appeals_soon + cases_high) AS soon_rank,
        -(open + cases + appeals) AS wait_rank,
        lower(name) AS name_rank
    FROM counted JOIN tenants_brand ON tenants_brand.id = counted.brand_id
), found AS (
    SELECT * FROM ranked
    WHERE name_rank LIKE ALL(%(words)s) AND CASE %(state)s
        WHEN '' THEN true
        WHEN 'late' THEN late_rank < 0
        WHEN 'stopped' THEN is_stopped
        ELSE state = %(state)s END
), page AS (
    SELECT * FROM found
    WHERE %(is_first)s OR ({_RANK}) > (%(after_late)s, %(after_stop)s, %(after_soon)s,
        %(after_wait)s, %(after_name)s, %(after_brand)s::uuid)
    ORDER BY {_RANK} LIMIT %(most)s
), total AS (
    SELECT {", ".join(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in FIGURES[:-1])},
        min(first_due_at) AS first_due_at FROM ranked
)
SELECT (SELECT count(*) FROM found), {", ".join(f"total.{name}" for name in FIGURES)},
    {", ".join(f"page.{name}" for name in FIGURES)},
    late_rank, stop_rank, soon_rank, wait_rank, name_rank, brand_id
FROM total LEFT JOIN page ON true ORDER BY {_RANK}
"""  # noqa: S608 -- joined from constants of this module
_AFTER = ("after_late", "after_stop", "after_soon", "after_wait", "after_name", "after_brand")


def overview(
    actor: Any,
    brand_ids: Collection[UUID],
    *,
    term: str = "",
    state: str = "",
    cursor: str = "",
    size: int = ROWS,
) -> Overview:
    """These brands of the active scope with their figures, worst first, from after ``cursor``.

    ``term`` matches names; ``state`` is a ``BrandState``, ``stopped`` or ``late``. A cursor nobody
    gave out shows the first page. Two queries, whatever the number of brands.

    Raises: NoBrandActive.
    """
    after = _read(cursor)
    params = counting(actor) | {
        "brands": list(brand_ids),
        "words": [f"%{_escaped(word)}%" for word in ["", *term.lower().split()]],
        "state": state if state in {*_STATES, "late", "stopped"} else "",
        "is_first": after is None,
        "most": size + 1,
    }
    params |= zip(_AFTER, after or (0, 0, 0, 0, "", UUID(int=0)), strict=True)
    with connection.cursor() as database:
        database.execute(_PAGE, params)
        found = database.fetchall()
    width = len(FIGURES)
    matching, total = found[0][0], found[0][1 : width + 1]
    page = [row[width + 1 :] for row in found if row[-1] is not None]
    brands = Brand.objects.select_related("agency").in_bulk([row[-1] for row in page[:size]])
    return Overview(
        rows=[Row(brands[row[-1]], Figures(*row[:width])) for row in page[:size]],
        found=matching,
        total=Figures(*total),
        next_cursor=_write(page[size - 1][width:]) if len(page) > size else "",
        is_first=after is None,
    )


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _write(rank: tuple[Any, ...]) -> str:
    plain = json.dumps([*rank[:-1], str(rank[-1])], ensure_ascii=False)
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[Any, ...] | None:
    if not cursor or len(cursor) > _LONGEST_CURSOR:
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        *numbers, name, brand_id = plain
        if not (isinstance(name, str) and all(type(one) is int for one in numbers)):
            return None
        if len(numbers) != 4 or max(map(abs, numbers)) >= 2**31 or "\x00" in name:
            return None
        name.encode()  # half a character is none
        return (*numbers, name, UUID(brand_id))
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return None
