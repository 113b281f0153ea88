"""Secrets that are about to expire: told by mail 14 and 3 days before, and when it is too late.

Values are never read here: only when a secret was entered and until when it is good.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.domain.audit import record
from compliance.domain.keys import note_key
from compliance.domain.watchers import holders, tell
from compliance.models import SecretWarning, SigningKey
from compliance.permissions import VIEW_SECRETS
from tenants.actors import SystemActor
from tenants.choices import ENDED_STATES, BrandKind
from tenants.models import Brand
from tenants.registries import SecretRow, secret_sources
from tenants.scope import active_scope, brand_scope

WATCH = SystemActor("system", "secret_watch")
DAYS_BEFORE = (0, 3, 14)
"""0: it has expired."""


def secrets_in_scope() -> list[SecretRow]:
    """Of the brands and agencies in scope: those that end first, then the oldest."""
    found = [row for source in secret_sources for row in source.rows()]
    never = datetime.max.replace(tzinfo=timezone.get_default_timezone())
    return sorted(found, key=lambda row: (row.expires_at or never, row.set_at))


def term_of(expires_at: datetime | None, *, now: datetime) -> int | None:
    """The narrowest term that has begun: 0, 3 or 14 days; None if there is time, or no end."""
    if expires_at is None:
        return None
    return next((days for days in DAYS_BEFORE if expires_at <= now + timedelta(days=days)), None)


def warn_of_expiry(*, now: datetime | None = None) -> int:
    """Tell of every secret whose next term has begun, once each; says how many. Idempotent."""
    at = now or timezone.now()
    told = 0
    brands = Brand.including_agencies.exclude(state__in=ENDED_STATES).select_related("agency")
    for brand in brands.order_by("pk"):
        agencies = [brand.agency_id] if brand.kind == BrandKind.AGENCY else []
        with brand_scope(brand.pk, agency_ids=agencies):
            told += _warn(brand, secrets_in_scope(), at)
    return told


def _warn(brand: Brand, rows: Sequence[SecretRow], now: datetime) -> int:
    fresh = []
    for row in rows:
        days = term_of(row.expires_at, now=now)
        if days is None or row.expires_at is None:
            continue
        warning, is_new = SecretWarning.objects.get_or_create(
            brand_id=brand.pk,
            secret_ref=row.ref,
            days_before=days,
            expires_at=row.expires_at,
            defaults={"secret_kind": row.kind, "told_at": now},
        )
        if is_new:
            facts = {"kind": row.kind, "secret": str(row.ref), "days": days}
            record("compliance.secret.expiring", warning, actor=WATCH, facts=facts)
            fresh.append(row)
    if fresh:
        where = None if brand.kind == BrandKind.AGENCY else brand.pk
        people = holders(VIEW_SECRETS, brand.agency, brand_id=where)
        tell(people, agency=brand.agency, words=lambda: _words(brand, fresh, now))
    return len(fresh)


def _words(brand: Brand, rows: Sequence[SecretRow], now: datetime) -> tuple[str, str]:
    is_own = brand.kind == BrandKind.AGENCY
    place = brand.agency.slug if is_own else brand.workspace
    name = brand.agency.name if is_own else brand.name
    lines = []
    for row in rows:
        if row.expires_at is None:
            continue
        told = {
            "kind": str(row.kind_label),
            "title": str(row.title),
            "at": formats.date_format(row.expires_at, "SHORT_DATETIME_FORMAT"),
        }
        words = (
            _("%(kind)s, %(title)s: expired on %(at)s (UTC)")
            if row.expires_at <= now
            else _("%(kind)s, %(title)s: expires on %(at)s (UTC)")
        )
        lines.append(f"- {words % told}")
    text = [
        _("These secrets of %s need to be renewed; what uses them stops when they end.") % name,
        "\n".join(lines),
        f"{settings.PUBLIC_URL}/w/{place}/admin/compliance/secretwarning/",
    ]
    return _("Secrets of %s expire") % name, "\n\n".join(text) + "\n"


class LedgerSecrets:
    """The platform's signing key, for agencies to see how old it is. One query."""

    def rows(self) -> Sequence[SecretRow]:
        scope = active_scope()
        if scope is None or not scope.agency_ids:
            return []
        keys = SigningKey.objects.filter(retired_at=None).defer("private_key")
        return [
            SecretRow(
                kind="signing_key",
                kind_label=gettext_lazy("Signing key of the audit trail"),
                ref=key.pk,
                brand_id=None,
                title=f"{key.name} · {note_key(key).key_id}",
                set_at=key.created_at,
                url=reverse("public-audit-keys"),
            )
            for key in keys
        ]
