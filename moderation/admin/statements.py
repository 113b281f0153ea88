"""Statements of reasons of a period, shaped like the EU transparency database, to look at and to
take away."""

import tempfile
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from moderation.admin.appeal_statistics import Period
from moderation.domain.transparency import files
from tenants.admin.base import workspace_of
from tenants.domain.reads import tell_reads
from tenants.exceptions import DomainError
from tenants.models import User
from tenants.permissions import can
from tenants.registries import Seen

SHOWN = 20
IN_MEMORY = 4 * 1024 * 1024


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """GET shows what would be exported and what would be refused; POST hands the archive out."""
    workspace = workspace_of(request)
    brand = workspace.brand if workspace else None
    if not can(request.user, files.EXPORT, brand):
        raise PermissionDenied
    context["title"] = _("Statements of reasons for the transparency database")
    if brand is None:
        return TemplateResponse(request, "moderation/statements.html", context)
    period = Period.read(request.POST if request.method == "POST" else request.GET)
    rows = files.decisions_of(brand, since=period.start, until=period.end)
    problem = ""
    if request.method == "POST":
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the response closes it
        try:
            with transaction.atomic():
                files.export_statements(
                    brand,
                    since=period.start,
                    until=period.end,
                    actor=cast(User, request.user),
                    file=file,
                )
        except DomainError as error:
            file.close()
            problem = str(error)
        else:
            file.seek(0)
            name = f"statements-{brand.slug}-{period.since}-{period.until}.zip"
            return FileResponse(
                file, as_attachment=True, filename=name, content_type="application/zip"
            )
    checked = files.check(rows[: files.BATCH])
    context |= {
        "brand": brand,
        "period": period,
        "count": rows.count(),
        "most": files.MOST,
        "problem": problem,
        "checked": checked,
        "shown": checked.good[:SHOWN],
    }
    tell_reads([Seen("moderation.statement.listed", brand)], actor=request.user)
    return TemplateResponse(request, "moderation/statements.html", context)
