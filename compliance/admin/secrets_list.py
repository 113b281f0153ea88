"""Which secrets there are, how old, until when. Never a value. Requirement C13."""

from dataclasses import dataclass
from typing import Any, Literal

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.secret_watch import secrets_in_scope, term_of
from compliance.models import SecretWarning
from compliance.permissions import VIEW_SECRETS
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.models import SecretRotation
from tenants.models.encrypted import current_key_id
from tenants.permissions import can, reach_of
from tenants.registries import SecretRow


@dataclass(frozen=True, slots=True)
class Line:
    """A secret with its urgency; ``days_old`` since it was entered."""

    row: SecretRow
    brand: str
    days_old: int
    tone: Literal["", "soon", "late", "over"]


_TONES: dict[int | None, Literal["", "soon", "late", "over"]] = {
    None: "",
    14: "soon",
    3: "late",
    0: "over",
}


@admin.register(SecretWarning)
class SecretsPage(BrandAdmin):
    view_capability = VIEW_SECRETS
    ordering = ("-told_at", "-id")
    fields = ("secret_kind", "days_before", "expires_at", "told_at")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Those of brands where the person may see them; an agency's own with a right there."""
        workspace = workspace_of(request)
        self.admit(request)
        if workspace is None:
            raise Http404
        brands = reach_of(request.user, VIEW_SECRETS).brand_ids
        names = {brand.pk: brand.name for brand in workspace.brands}
        sees_own = workspace.brand is None and can(request.user, VIEW_SECRETS, workspace.agency)
        now = timezone.now()
        lines = [
            Line(
                row,
                names.get(row.brand_id, ""),
                (now - row.set_at).days,
                _TONES[term_of(row.expires_at, now=now)],
            )
            for row in secrets_in_scope()
            if (sees_own if row.brand_id is None else row.brand_id in brands)
        ]
        context = self.admin_site.each_context(request) | {
            "title": _("Secrets"),
            "opts": self.opts,
            "lines": lines,
            "shows_brand": workspace.brand is None,
            "key_id": current_key_id(),
            "rotation": SecretRotation.objects.order_by("-started_at").first(),
        }
        return TemplateResponse(request, "evidence/secrets.html", context)
