"""The jobs centre: all long work of a workspace, told by who does it. Running first."""

from datetime import timedelta
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from engage.navigation import JOB_CAPABILITIES
from tenants.admin.base import workspace_of
from tenants.permissions import can
from tenants.registries import JobRow, jobs

LIMIT = 50
_ORDER = {
    "running": 0,
    "waiting": 1,
    "failed": 2,
    "done_with_skips": 3,
    "cancelled": 4,
    "done": 4,
}
_ACTIVE = frozenset({"running", "waiting"})
_TONES = {
    "running": "chip-brand",
    "waiting": "",
    "failed": "chip-bad",
    "done_with_skips": "chip-warn",
    "cancelled": "",
    "done": "chip-good",
}


def urls(site: AdminSite) -> list[URLPattern]:
    def page(request: HttpRequest) -> HttpResponse:
        return _page(site, request)

    return [path("jobs/", site.admin_view(require_safe(page)), name="jobs")]


def rows_of(request: HttpRequest, *, limit: int = LIMIT) -> list[JobRow]:
    """Newest first within running, waiting, failed, the rest. Raises: Http404 without the right."""
    workspace = workspace_of(request)
    if workspace is None or not any(can(request.user, name) for name in JOB_CAPABILITIES):
        raise Http404
    found = [row for source in jobs for row in source.rows(request.user, workspace, limit=limit)]
    found.sort(key=lambda row: row.asked_at, reverse=True)
    found.sort(key=lambda row: _ORDER[row.state])
    return found[:limit]


def _page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """``?part=list`` is the list alone, ``?part=chip`` the header's numbers as JSON."""
    rows = rows_of(request)
    part = request.GET.get("part", "")
    if part == "chip":
        return _fresh(JsonResponse(_chip(rows)))
    context: dict[str, Any] = {
        "jobs": [{"row": row, "tone": _TONES[row.state]} for row in rows],
        "shows_brand": getattr(workspace_of(request), "brand", None) is None,
        "has_active": any(row.state in _ACTIVE for row in rows),
        "limit": LIMIT,
    }
    if part == "list":
        return _fresh(TemplateResponse(request, "engage/jobs_list.html", context))
    context = site.each_context(request) | context | {"title": _("Jobs")}
    return TemplateResponse(request, "engage/jobs.html", context)


def _fresh(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response


def _chip(rows: list[JobRow]) -> dict[str, Any]:
    """How many run or wait, and the worst state of today's, in words."""
    active = [row for row in rows if row.state in _ACTIVE]
    lately = timezone.now() - timedelta(days=1)
    failed = [row for row in rows if row.state == "failed" and row.asked_at > lately]
    worst = "failed" if failed else "running" if active else ""
    words = ""
    if failed:
        words = _("a job has failed")
    elif active:
        words = _("work is running")
    return {"active": len(active), "worst": worst, "words": words}
