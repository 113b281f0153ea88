"""API tokens: issue, recognise, revoke."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.choices import ENDED_STATES
from tenants.exceptions import InvalidInput
from tenants.models import ApiToken, Brand
from tenants.permissions import Actor, can, capabilities, require
from tenants.registries import audit

PREFIX = "eng_"


@transaction.atomic
def issue_token(
    brand: Brand,
    *,
    name: str,
    names: list[str],
    actor: Actor,
    lifetime: timedelta | None = timedelta(days=365),
) -> tuple[ApiToken, str]:
    """A new token and its plain text, which is shown this once and never stored.

    Nobody can give what they do not hold. Raises: NotAllowed, InvalidInput (unknown capability).
    """
    require(actor, "tenants.token.manage", brand)
    for wanted in names:
        if wanted not in capabilities:
            raise InvalidInput("capabilities", _("There is no capability “%s”.") % wanted)
        if not can(actor, wanted, brand):
            raise InvalidInput("capabilities", _("You do not hold “%s” yourself.") % wanted)
    plain = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        brand=brand,
        name=name,
        token_sha256=ApiToken.hashed(plain),
        capabilities=sorted(names),
        created_by_id=getattr(actor, "pk", None) if not isinstance(actor, ApiToken) else None,
        expires_at=timezone.now() + lifetime if lifetime else None,
    )
    audit("tenants.token.issued", token, actor=actor, after={"capabilities": sorted(names)})
    return token, plain


def authenticate_token(header: str, *, now: datetime | None = None) -> ApiToken | None:
    """The live token named by an ``Authorization: Bearer …`` header, else None."""
    scheme, _sep, plain = header.partition(" ")
    if scheme.lower() != "bearer" or not plain.startswith(PREFIX):
        return None
    now = now or timezone.now()
    return (
        ApiToken.objects.select_related("brand__agency")
        .filter(token_sha256=ApiToken.hashed(plain.strip()), revoked_at=None)
        .exclude(brand__state__in=ENDED_STATES)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .first()
    )


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: Actor) -> ApiToken:
    """The token stops working with the next request. Idempotent. Raises: NotAllowed."""
    require(actor, "tenants.token.manage", token)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit("tenants.token.revoked", token, actor=actor)
    return token
