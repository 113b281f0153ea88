"""Consents and opt-outs: search a handle, see what it said, when, by what evidence; prove it."""

import json
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.admin.consent_enter import NETWORKS, Entering
from compliance.choices import ConsentSource, ConsentState
from compliance.domain.consent import BLOCKED, address_hash, proof_until
from compliance.domain.consent_proof import Vouched, history_of, prove, rows_of, vouch
from compliance.domain.consent_staff import lift_suppression
from compliance.models import Consent
from compliance.permissions import MANAGE_CONSENT, VIEW_CONSENT
from compliance.registries import Effect, KnownAddress, consent_contexts
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.domain.reads import tell_reads
from tenants.models import User
from tenants.permissions import can

PAGE = "admin:compliance_consent_change"
MOST_BRANDS = 20
"""A search by address hashes it once for each brand of the workspace."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history as the page shows it."""

    vouched: Vouched
    source: str
    message: tuple[str, str] | None


@admin.register(Consent)
class ConsentPage(Entering, BrandAdmin):
    """The address is a keyed hash: the row outlives the erasure of the person."""

    view_capability = VIEW_CONSENT
    list_display = (
        "short_address",
        "network",
        "purpose",
        "state",
        "since_short",
        "source_words",
        "confirmed_short",
    )
    list_filter = ("state", "purpose", "channel")
    search_fields = ("address_hash",)
    reads = "compliance.consent"
    search_help_text = gettext_lazy("A handle, a number, a name, or the hash of an address.")
    ordering = ("-since", "-id")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "enter/",
                self.admin_site.admin_view(self.enter_page),
                name="compliance_consent_enter",
            ),
            path("<uuid:pk>/proof/", self.post_view(self.proof), name="compliance_consent_proof"),
            path("<uuid:pk>/lift/", self.post_view(self.lift), name="compliance_consent_lift"),
            *super().get_urls(),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By address, as written or as the networks know the person; else by the hash itself."""
        term = search_term.replace("\x00", "").strip()
        workspace = workspace_of(request)
        if not term or workspace is None:
            return queryset, False
        hashes: set[str] = {term.casefold()}
        for brand in list(workspace.brands)[:MOST_BRANDS]:
            known = [one for context in consent_contexts for one in context.find(brand.pk, term)]
            hashes |= {address_hash(brand.pk, one.channel, one.address) for one in known}
            hashes |= {address_hash(brand.pk, channel, term) for channel in NETWORKS}
        return queryset.filter(address_hash__in=hashes), False

    @admin.display(description=gettext_lazy("channel"), ordering="channel")
    def network(self, row: Consent) -> str:
        """The network's own name: ``tiktok`` and ``whatsapp`` are how we store them."""
        return NETWORKS.get(row.channel, row.channel.title())

    @admin.display(description=gettext_lazy("since"), ordering="since")
    def since_short(self, row: Consent) -> str:
        return date_format(localtime(row.since), "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("source"), ordering="source")
    def source_words(self, row: Consent) -> str:
        return _source(row.source)

    @admin.display(description=gettext_lazy("confirmation sent"), ordering="confirmed_at")
    def confirmed_short(self, row: Consent) -> str:
        if row.confirmed_at is None:
            return "–"
        return date_format(localtime(row.confirmed_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("address (hash)"))
    def short_address(self, row: Consent) -> str:
        return row.address_hash[:12]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_enter = self.may_enter(request)
        return super().changelist_view(request, {"may_enter": may_enter} | (extra_context or {}))

    change_list_template = "compliance/consents.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One address on one channel: what stands, its history, what became of messages."""
        row: Consent = self.find(request, object_id)
        return self._page(request, row)

    def _page(
        self, request: HttpRequest, row: Consent, proved: dict[str, Any] | None = None
    ) -> HttpResponse:
        rows = rows_of(row)
        vouched = vouch(history_of(row))
        people = _behind(row, vouched)
        context = self.admin_site.each_context(request) | {
            "title": _("Consents of one address"),
            "opts": self.opts,
            "row": row,
            "network": self.network(row),
            "people": people,
            "rows": [(one, proof_until(one), _source(one.source)) for one in rows],
            "entries": [_entry(one) for one in vouched],
            "effects": _effects(row, rows, people),
            "suppressed": [one for one in rows if one.state == ConsentState.SUPPRESSED],
            "sources": _sources(),
            "may_manage": can(request.user, MANAGE_CONSENT, row),
            "proved": proved,
        }
        tell_reads([self.opened(request, row)], actor=request.user)
        return TemplateResponse(request, "compliance/consent.html", context)

    def proof(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """POST, because whoever asks for a proof is named in the audit trail."""
        row: Consent = self.find(request, pk)
        told: list[dict[str, Any]] = []
        done = perform(
            request,
            lambda: told.append(prove(row, actor=cast(User, request.user))),
            done=_("The proof was made. It is an entry of the audit trail."),
            back=reverse(PAGE, args=[row.pk]),
            brand_id=row.brand_id,
        )
        if not told:
            return done
        if request.POST.get("as") == "file":
            for _message in messages.get_messages(request):
                """Read away: the file is the answer."""
            answer = HttpResponse(
                json.dumps(told[0], ensure_ascii=False, indent=1), content_type="application/json"
            )
            name = f"consent-{row.address_hash[:12]}.json"
            answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return answer
        return self._page(request, row, told[0])

    def lift(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row: Consent = self.find(request, pk)
        return perform(
            request,
            lambda: lift_suppression(
                row,
                source=request.POST.get("source", ""),
                evidence=request.POST.get("evidence", ""),
                note=request.POST.get("note", ""),
                actor=cast(User, request.user),
            ),
            done=_("The suppression is lifted. What the person had said before it stands again."),
            back=reverse("admin:compliance_consent_changelist") + f"?q={row.address_hash}",
            brand_id=row.brand_id,
        )


def _sources() -> list[tuple[str, str]]:
    hidden = {ConsentSource.MESSAGE, ConsentSource.IMPORT}
    return [(value, str(label)) for value, label in ConsentSource.choices if value not in hidden]


def _source(value: str) -> str:
    return str(dict(ConsentSource.choices).get(value, value))


def _entry(vouched: Vouched) -> Entry:
    ref = vouched.entry.message_ref
    found = [context.message(ref) for context in consent_contexts] if ref else []
    message = next((one for one in found if one is not None), None)
    return Entry(vouched, _source(vouched.entry.source), message)


def _behind(row: Consent, vouched: list[Vouched]) -> list[KnownAddress]:
    """Who it is, as long as the conversation that the evidence stands in is there."""
    refs = {one.entry.conversation_ref for one in vouched if one.entry.conversation_ref}
    if not refs:
        return []
    found = [
        one
        for context in consent_contexts
        for one in context.behind(row.brand_id, row.channel, refs)
    ]
    return [
        one
        for one in found
        if address_hash(row.brand_id, one.channel, one.address) == row.address_hash
    ]


def _effects(row: Consent, rows: list[Consent], people: list[KnownAddress]) -> list[Effect]:
    out = [one.since for one in rows if one.state in BLOCKED]
    if not out:
        return []
    return [
        effect
        for person in people[:1]
        for context in consent_contexts
        for effect in context.effects(row.brand_id, person.channel, person.address, since=min(out))
    ]
