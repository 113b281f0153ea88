"""Consents and opt-outs: the standing of each address, without the address itself."""

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from compliance.models import Consent
from tenants.admin.base import BrandAdmin

# Compliance knows no inbox, which owns the list; names of companies need no translation.
_NETWORKS = {
    "whatsapp": "WhatsApp",
    "tiktok": "TikTok",
    "youtube": "YouTube",
    "linkedin": "LinkedIn",
}


@admin.register(Consent)
class ConsentPage(BrandAdmin):
    """Read-only. The address is a keyed hash: the row outlives the erasure of the person."""

    view_capability = "compliance.consent.view"
    list_display = (
        "short_address",
        "network",
        "purpose",
        "state",
        "since_short",
        "source",
        "confirmed_short",
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

    @admin.display(description=_("channel"), ordering="channel")
    def network(self, row: Consent) -> str:
        """The network's own name: ``tiktok`` and ``whatsapp`` are how we store them."""
        return _NETWORKS.get(row.channel, row.channel.title())

    @admin.display(description=_("since"), ordering="since")
    def since_short(self, row: Consent) -> str:
        return date_format(localtime(row.since), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("confirmation sent"), ordering="confirmed_at")
    def confirmed_short(self, row: Consent) -> str:
        if row.confirmed_at is None:
            return "–"
        return date_format(localtime(row.confirmed_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("address (hash)"))
    def short_address(self, row: Consent) -> str:
        return row.address_hash[:12]
