"""Consents and opt-outs: the standing of each address, without the address itself."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from compliance.models import Consent
from tenants.admin.base import BrandAdmin


@admin.register(Consent)
class ConsentPage(BrandAdmin):
    """Read-only. The address is a keyed hash: the row outlives the erasure of the person."""

    view_capability = "compliance.consent.view"
    list_display = (
        "short_address",
        "channel",
        "purpose",
        "state",
        "since",
        "source",
        "confirmed_at",
    )
    list_filter = ("state", "purpose", "channel")
    ordering = ("-since", "-id")
    fields = (
        "channel",
        "address_hash",
        "purpose",
        "state",
        "since",
        "source",
        "evidence_ref",
        "confirmed_at",
    )

    @admin.display(description=_("address (hash)"))
    def short_address(self, row: Consent) -> str:
        return row.address_hash[:12]
