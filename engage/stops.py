"""Which sending is stopped here, and which brand is frozen: the banners on every page."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from engage import badges
from tenants.choices import BrandState
from tenants.domain.directory import Workspace
from tenants.models import Agency, Brand
from tenants.permissions import can


@dataclass(frozen=True, slots=True)
class Stop:
    """``name``: the agency or brand whose sending is stopped. ``reason`` in a person's words.
    ``is_frozen``: the brand is frozen, which stops more than sending."""

    name: str
    since: datetime
    reason: str
    is_frozen: bool = False


def stops_in(workspace: Workspace | None) -> list[Stop]:
    """At most one query, in an agency's workspace."""
    if workspace is None:
        return []
    owners: list[Agency | Brand] = [workspace.agency, *workspace.halted_brands]
    frozen = [
        Stop(brand.name, brand.frozen_at, brand.frozen_reason, is_frozen=True)
        for brand in workspace.halted_brands
        if brand.state == BrandState.FROZEN and brand.frozen_at is not None
    ]
    return frozen + [
        Stop(owner.name, owner.sending_stopped_at, owner.sending_stopped_reason)
        for owner in owners
        if owner.sending_stopped_at is not None
    ]


@dataclass(frozen=True, slots=True)
class Sending:
    """The state of the kill switch in the header."""

    is_stopped: bool
    may_stop: bool
    words: str


def sending_of(request: HttpRequest) -> Sending | None:
    """None outside a workspace. Costs no query beside that of ``stops_in`` and
    the one of the side bar's numbers."""
    workspace: Workspace | None = getattr(request, "workspace", None)
    if workspace is None:
        return None
    halted = workspace.halted_brands
    parts = len(halted) + badges.badges_of(request).get(badges.STOPPED_ACCOUNTS, 0)
    is_whole = (
        settings.SENDING_STOPPED
        or workspace.agency.sending_stopped_at is not None
        or (workspace.brand is not None and bool(halted))
    )
    words = _("Sending on")
    if is_whole:
        words = _("Sending stopped")
    elif parts:
        words = _("Sending partly stopped")
    return Sending(
        is_stopped=bool(is_whole or parts),
        may_stop=can(request.user, "inbox.sending.stop"),
        words=words,
    )
