"""A network passes on that a person wants to be erased: Meta's data deletion callback.

The person is named by an id that only our app knows; usually it is somebody who connected the app,
seldom somebody who wrote to a brand. Source: Meta, Data Deletion Request Callback.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from compliance.domain.requests import links
from compliance.domain.requests.intake import ask_by_platform
from compliance.exceptions import RequestRefused
from compliance.models import DataRequest
from inbox.exceptions import UnknownApp
from inbox.models import ChannelApp, ContactHandle
from inbox.providers.errors import UnreadableDelivery
from inbox.providers.meta import load_json
from tenants.choices import BrandState
from tenants.domain.agencies import own_brand
from tenants.models import Brand
from tenants.scope import brand_scope, own_scope

LONGEST = 8_000
MAX_AGE = timedelta(days=7)
AHEAD = timedelta(minutes=5)
_MOST_BRANDS = 5


@dataclass(frozen=True, slots=True)
class Deletion:
    """Who is to be erased, and when the network was told."""

    user_id: str
    issued_at: datetime


def read_signed_request(text: str, secrets: Sequence[str], *, now: datetime) -> Deletion:
    """Check the signature over the encoded payload, then read it.

    Raises: RequestRefused (forged, other algorithm, too old, not readable); never says which.
    """
    signature, dot, payload = text.partition(".")
    if not dot or len(text) > LONGEST:
        raise RequestRefused
    given = _decoded(signature)
    # All candidates are always tried; an empty secret would let anybody sign.
    fits = [
        hmac.compare_digest(hmac.new(s.encode(), payload.encode(), hashlib.sha256).digest(), given)
        and bool(s)
        for s in secrets
    ]
    if not any(fits):
        raise RequestRefused
    try:
        told = load_json(_decoded(payload))
    except UnreadableDelivery as error:
        raise RequestRefused from error
    return _checked(told, now=now)


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestRefused from error


def _checked(told: Any, *, now: datetime) -> Deletion:
    if not isinstance(told, dict) or str(told.get("algorithm", "")).upper() != "HMAC-SHA256":
        raise RequestRefused
    user_id = told.get("user_id")
    if isinstance(user_id, bool) or not isinstance(user_id, str | int) or not str(user_id).strip():
        raise RequestRefused
    issued_at = _instant(told.get("issued_at"))
    expires = told.get("expires")
    if issued_at is None or not now - MAX_AGE <= issued_at <= now + AHEAD:
        raise RequestRefused
    # Meta sends 0 for "does not expire".
    if expires:
        until = _instant(expires)
        if until is None or until < now:
            raise RequestRefused
    return Deletion(str(user_id).strip()[:150], min(issued_at, now))


def _instant(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def take_deletion(app_id: UUID, signed_request: str) -> dict[str, str]:
    """Open the case and give what Meta wants to hear: ``{"url", "confirmation_code"}``.

    Asked again for the same person, the answer is the same. Somebody whom no brand of the agency
    knows gets a case of the agency itself, whose page says that nothing was found.

    Raises: UnknownApp, RequestRefused.
    """
    app = ChannelApp.objects.select_related("agency").filter(pk=app_id).first()
    if app is None:
        raise UnknownApp
    others = ChannelApp.objects.filter(agency=app.agency).exclude(pk=app.pk)
    secrets = [app.app_secret, *(other.app_secret for other in others)]
    deletion = read_signed_request(signed_request, secrets, now=timezone.now())
    cases = [
        _open(brand, deletion, contact_refs=refs)
        for brand, refs in _known_in(app, deletion.user_id)
    ]
    case = cases[0] if cases else _open_at_agency(app, deletion)
    return {"url": links.status_url(case), "confirmation_code": case.confirmation_code}


def _known_in(app: ChannelApp, user_id: str) -> list[tuple[Brand, list[UUID]]]:
    """Brands of the app's agency that know the id on the app's network, with the contacts."""
    brands = {
        brand.pk: brand
        for brand in Brand.objects.filter(agency=app.agency).exclude(state=BrandState.CLOSED)
    }
    if not brands:
        return []
    # The signature names the app, the app its agency: so the scope of its brands may be entered.
    with brand_scope(brands):
        handles = ContactHandle.objects.filter(channel=app.channel, external_id=user_id)
        found: dict[UUID, list[UUID]] = {}
        for brand_id, contact_id in handles.values_list("brand_id", "contact_id"):
            found.setdefault(brand_id, []).append(contact_id)
    return [(brands[brand_id], refs) for brand_id, refs in sorted(found.items())][:_MOST_BRANDS]


def _open(brand: Brand, deletion: Deletion, *, contact_refs: list[UUID]) -> DataRequest:
    with brand_scope(brand.pk):
        return ask_by_platform(
            brand,
            platform_id=deletion.user_id,
            contact_refs=contact_refs,
            received_at=deletion.issued_at,
        )


def _open_at_agency(app: ChannelApp, deletion: Deletion) -> DataRequest:
    own = own_brand(app.agency)
    with own_scope(own.pk):
        return ask_by_platform(
            own, platform_id=deletion.user_id, contact_refs=[], received_at=deletion.issued_at
        )
