"""Does the audit trail hold together? What the monitor last saw, open alarms, checkpoints, anchors,
keys. Requirement C2."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from compliance.domain.anchors import recent_anchors
from compliance.domain.key_chain import every_key
from compliance.domain.keys import note_key
from compliance.domain.ledger_alarms import open_alarms
from compliance.domain.ledger_watch import ask_for_check
from compliance.domain.platform_tree import latest_platform_checkpoint
from compliance.domain.queries import latest_checkpoint
from compliance.models import AuditPending, LedgerCheck, PlatformLeaf
from compliance.permissions import VIEW_AUDIT, WATCH_AUDIT
from compliance.registries import anchors
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.models import User
from tenants.permissions import can, reach_of

LIST = "admin:compliance_ledgercheck_changelist"
RECENT = 20


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An open alarm; ``problems`` are (address of the event or "", its key, words)."""

    brand: str
    kind: str
    since: Any
    problems: list[tuple[str, str, str]]


@admin.register(LedgerCheck)
class LedgerCheckPage(BrandAdmin):
    """One page for a brand and, with all its brands, for an agency."""

    view_capability = VIEW_AUDIT
    ordering = ("-finished_at", "-id")
    fields = (
        "started_at",
        "finished_at",
        "size",
        "checked",
        "sound",
        "checkpoints",
        "duration_ms",
        "problems",
    )

    def get_urls(self) -> list[URLPattern]:
        return [
            path("check/", self.post_view(self.check_now), name="compliance_ledgercheck_check"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workspace = workspace_of(request)
        self.admit(request)
        if workspace is None:
            raise Http404
        brands = reach_of(request.user, VIEW_AUDIT).brand_ids
        newest = LedgerCheck.objects.filter(brand__in=brands).select_related("brand")
        brand = workspace.brand
        context = self.admin_site.each_context(request) | {
            "title": _("Integrity of the audit trail"),
            "opts": self.opts,
            "alarms": _alarm_lines(brands),
            "latest": list(newest.order_by("brand_id", "-finished_at").distinct("brand_id")),
            "checks": list(newest.order_by("-finished_at")[:RECENT]) if brand else [],
            "brand": brand,
            "may_check": brand is not None and can(request.user, WATCH_AUDIT, brand),
            "every_minutes": settings.LEDGER_CHECK_MINUTES,
            "max_delay_s": settings.LEDGER_MAX_DELAY_S,
            "keys": [(key, note_key(key).key_id) for key in reversed(every_key())],
            "platform": latest_platform_checkpoint(),
            **(_of_brand() if brand is not None else _of_agency()),
        }
        return TemplateResponse(request, "evidence/integrity.html", context)

    def check_now(self, request: HttpRequest) -> HttpResponse:
        """Wakes the monitor; in a brand's own workspace."""
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None:
            raise Http404
        brand = workspace.brand
        return perform(
            request,
            lambda: ask_for_check(brand, actor=cast(User, request.user)),
            done=_("The check begins. Its result stands here in a moment."),
            back=reverse(LIST),
            brand_id=brand.pk,
        )


def _alarm_lines(brands: frozenset[UUID]) -> list[AlarmLine]:
    trail = reverse("admin:compliance_auditevent_changelist")
    return [
        AlarmLine(
            alarm.brand.name,
            alarm.get_kind_display(),
            alarm.opened_at,
            [
                (
                    f"{trail}{problem['event']}/change/" if problem["event"] else "",
                    problem["event"],
                    problem["words"],
                )
                for problem in alarm.problems
            ],
        )
        for alarm in open_alarms()
        if alarm.brand_id in brands
    ]


def _of_brand() -> dict[str, Any]:
    """Checkpoint, its place in the platform tree, what waits. Three queries."""
    checkpoint = latest_checkpoint()
    leaf = PlatformLeaf.objects.filter(checkpoint_ref=checkpoint.pk).first() if checkpoint else None
    return {"checkpoint": checkpoint, "leaf": leaf, "waiting": AuditPending.objects.count()}


def _of_agency() -> dict[str, Any]:
    titles = {str(key): sink.title for key, sink in anchors.items()}
    return {"anchors": [(row, titles.get(row.sink, row.sink)) for row in recent_anchors()]}
