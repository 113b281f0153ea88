"""Proof of disclosure: which words were shown, when, in which language, in which wording."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.admin.consent_enter import NETWORKS
from compliance.admin.consent_job import brand_of, queue
from compliance.choices import ConsentJobKind
from compliance.domain.disclosures import WHY, DisclosureFilter
from compliance.models import DisclosureShown
from compliance.permissions import EXPORT_AUDIT, VIEW_CONSENT
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.pages import page_of
from tenants.choices import Language
from tenants.permissions import can

ORDER = ("-shown_at", "-id")
WHY_WORDS: dict[str, StrOrPromise] = {
    "first": gettext_lazy("first automatic message"),
    "handover": gettext_lazy("a machine took over from a person"),
    "gap": gettext_lazy("after a long time"),
}


@admin.register(DisclosureShown)
class DisclosureShownPage(BrandAdmin):
    """Read-only; of one conversation, one message, or all."""

    view_capability = VIEW_CONSENT

    def get_urls(self) -> list[URLPattern]:
        return [
            path("export/", self.post_view(self.export), name="compliance_disclosureshown_export"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One keyset page. One query."""
        if not self.has_view_permission(request):
            return super().changelist_view(request)
        workspace = workspace_of(request)
        brand = workspace.brand if workspace else None
        wanted = DisclosureFilter.from_json(request.GET)
        rows = wanted.apply(self.get_queryset(request))
        if self._shows_brand(request):
            rows = rows.select_related("brand")
        page = page_of(rows, order=ORDER, cursor=request.GET.get("after", ""))
        context = self.admin_site.each_context(request) | {
            "title": _("Disclosures shown"),
            "opts": self.opts,
            "wanted": wanted,
            "page": page,
            "lines": [
                (row, WHY_WORDS.get(row.why, row.why), NETWORKS.get(row.channel, row.channel))
                for row in page.rows
            ],
            "networks": NETWORKS.items(),
            "languages": Language.choices,
            "reasons": [(code, WHY_WORDS[code]) for code in WHY],
            "shows_brand": self._shows_brand(request),
            "may_export": brand is not None and can(request.user, EXPORT_AUDIT, brand),
        }
        return TemplateResponse(request, "compliance/disclosures.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A row has no page of its own: the conversation's list shows all there is."""
        row: DisclosureShown = self.find(request, object_id)
        there = reverse("admin:compliance_disclosureshown_changelist")
        return HttpResponseRedirect(f"{there}?conversation={row.conversation_ref}")

    def export(self, request: HttpRequest) -> HttpResponse:
        brand = brand_of(request, EXPORT_AUDIT)
        filters = DisclosureFilter.from_json(request.POST)
        done = queue(request, brand, kind=ConsentJobKind.DISCLOSURES, filters=filters.to_json())
        there = reverse("admin:compliance_disclosureshown_changelist")
        return done or HttpResponseRedirect(f"{there}?{filters.query}")
