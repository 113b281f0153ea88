"""What an agency's workspace shows on Today: every brand of the person, worst first."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from reporting.domain.overview import Overview, Row, overview
from reporting.domain.today import today
from tenants.choices import BrandState
from tenants.domain.directory import Workspace
from tenants.domain.places import Place
from tenants.permissions import reach_of

STATES: tuple[tuple[str, StrOrPromise], ...] = (
    ("late", _("Something is overdue")),
    ("stopped", _("Sending stopped")),
    *((str(state.value), state.label) for state in BrandState if state != BrandState.CLOSED),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A brand with the addresses behind its numbers."""

    row: Row
    place: Place
    inbox_url: str
    queue_url: str
    appeals_url: str

    @property
    def home_url(self) -> str:
        return f"{self.place.prefix}admin/"


def today_context(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    """Tiles for everybody; in the agency's workspace the table of brands beside them."""
    if workspace.brand is not None:
        return {"tiles": today(request.user)}
    wanted = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "state")}
    table = overview(
        request.user,
        reach_of(request.user, "reporting.today.view").brand_ids & workspace.client_ids,
        term=wanted["q"].replace("\x00", ""),
        state=wanted["state"],
        cursor=request.GET.get("after", ""),
    )
    return {
        "tiles": today(request.user, table.total),
        "overview": table,
        "lines": _lines(table, workspace),
        "wanted": wanted,
        "states": STATES,
        "brand_count": len(workspace.client_ids),
    }


def _lines(table: Overview, workspace: Workspace) -> list[Line]:
    home = reverse("admin:index")
    paths = [
        reverse(view).removeprefix(home)
        for view in (
            "admin:inbox_conversation_changelist",
            "admin:moderation_case_changelist",
            "admin:moderation_appeal_changelist",
        )
    ]
    lines = []
    for row in table.rows:
        place = Place(workspace.agency, row.brand)
        lines.append(Line(row, place, *(f"{place.prefix}admin/{path}" for path in paths)))
    return lines
