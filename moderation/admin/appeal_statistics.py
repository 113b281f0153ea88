"""How appeals went: a page and the same as a file."""

import csv
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from compliance.domain.spreadsheet import cell
from moderation.domain.appeal_statistics import GROUPS, Line, lines_by, told_of, total_of
from moderation.models import Appeal
from tenants.domain.reach import within

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Period:
    """UTC days, both included."""

    since: date
    until: date

    @classmethod
    def read(cls, query: QueryDict) -> "Period":
        """What the address asks for; without, or if it makes no sense, the last year."""
        today = timezone.now().date()
        until = _day(query.get("until", "")) or today
        since = _day(query.get("since", "")) or until - YEAR
        return cls(min(since, until), max(since, until))

    @property
    def query(self) -> str:
        return f"since={self.since:%Y-%m-%d}&until={self.until:%Y-%m-%d}"

    @property
    def start(self) -> datetime:
        return datetime.combine(self.since, time(), tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.until, time(), tzinfo=UTC) + timedelta(days=1)


def _day(text: str) -> date | None:
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


def appeals_of(request: HttpRequest, period: Period) -> Any:
    """Those received in the period that the person may see, newest first."""
    seen = within(Appeal.objects.all(), request.user, "moderation.appeal.view")
    return seen.filter(received_at__gte=period.start, received_at__lt=period.end).order_by(
        "-received_at"
    )


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    period = Period.read(request.GET)
    told = told_of(appeals_of(request, period), now=timezone.now())
    context |= {
        "title": _("How appeals went"),
        "period": period,
        "total": total_of(told),
        "groups": [(title, lines_by(key, told)) for key, (title, _value) in GROUPS.items()],
    }
    return TemplateResponse(request, "moderation/appeal_statistics.html", context)


def as_csv(request: HttpRequest) -> HttpResponse:
    """One row per group and value, machine-readable names in the first line."""
    period = Period.read(request.GET)
    told = told_of(appeals_of(request, period), now=timezone.now())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="appeals-{period.since}-{period.until}.csv"'
    )
    writer = csv.writer(response)
    writer.writerow(["group", *(field.name for field in fields(Line))])
    writer.writerow(["all", *map(cell, astuple(total_of(told)))])
    for key in GROUPS:
        for line in lines_by(key, told):
            writer.writerow([key, *map(cell, astuple(line))])
    return response
