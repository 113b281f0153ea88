"""What the pages of exports and packs share: progress, the file, its link, who took it."""

from collections.abc import Callable
from typing import IO, Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.choices import EXPORT_ENDS
from compliance.domain.exports import downloads_of
from compliance.domain.people import names_of
from compliance.models import AuditExport, EvidencePack
from tenants.exceptions import DomainError
from tenants.scope import brand_scope

type File = AuditExport | EvidencePack


def progress(file: File) -> JsonResponse:
    """What the page asks for every two seconds."""
    return JsonResponse(
        {
            "state": file.state,
            "words": str(file.get_state_display()),
            "done": file.rows_done,
            "total": file.rows_total,
            "has_ended": file.state in EXPORT_ENDS,
            "speed": speed(file),
        }
    )


def speed(file: File) -> str:
    """Rows a second and what is left, in words; empty before there is anything to measure."""
    started = getattr(file, "started_at", None)
    if started is None or file.state in EXPORT_ENDS or not file.rows_total:
        return ""
    seconds = (timezone.now() - started).total_seconds()
    rows = file.rows_done - getattr(file, "rows_before", 0)
    if rows <= 0 or seconds < 1:
        return ""
    left = round((file.rows_total - file.rows_done) * seconds / rows)
    told = ngettext("%(n)d second left", "%(n)d seconds left", left) % {"n": left}
    return _("%(rows)d rows/s, %(left)s") % {"rows": rows / seconds, "left": told}


def shown(file: File, *, link: str) -> dict[str, Any]:
    """What both pages' templates want."""
    takers = downloads_of(file)
    names = names_of({event.actor_ref for event in takers if event.actor_kind == "user"})
    return {
        "file": file,
        "has_ended": file.state in EXPORT_ENDS,
        "is_ready": file.is_ready,
        "speed": speed(file),
        "link": link,
        "downloads": [(e.at, names.get(e.actor_ref) or e.get_actor_kind_display()) for e in takers],
    }


def link_address(token: str) -> str:
    """Not ``reverse``: inside a workspace it would give the workspace's address."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/exports/{token}/"


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    """A page that is not kept by anybody when it shows a link."""
    response = TemplateResponse(request, template, context)
    if context.get("link"):
        response["Cache-Control"] = "no-store"
    return response


def send(
    request: HttpRequest, file: File, opened: Callable[[], IO[bytes]], *, back: str
) -> HttpResponseBase:
    """The file for a POST, because every download is an entry of the trail."""
    try:
        with transaction.atomic(), brand_scope(file.brand_id):
            stream = opened()
    except DomainError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse(back, args=[file.pk]))
    return FileResponse(stream, as_attachment=True, filename=file.download_name)
