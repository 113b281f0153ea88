"""Which sending is stopped here, and which brand is frozen: the banners on every page."""

from dataclasses import dataclass
from datetime import datetime

from tenants.choices import BrandState
from tenants.domain.directory import Workspace
from tenants.models import Agency, Brand


@dataclass(frozen=True, slots=True)
class Stop:
    """``name``: the agency or brand whose sending is stopped. ``reason`` in a person's words.
    ``is_frozen``: the brand is frozen, which stops more than sending."""

    name: str
    since: datetime
    reason: str
    is_frozen: bool = False


def stops_in(workspace: Workspace | None) -> list[Stop]:
    """From rows the middleware has read; costs no query."""
    if workspace is None:
        return []
    owners: list[Agency | Brand] = [workspace.agency, *workspace.brands]
    frozen = [
        Stop(brand.name, brand.frozen_at, brand.frozen_reason, is_frozen=True)
        for brand in workspace.brands
        if brand.state == BrandState.FROZEN and brand.frozen_at is not None
    ]
    return frozen + [
        Stop(owner.name, owner.sending_stopped_at, owner.sending_stopped_reason)
        for owner in owners
        if owner.sending_stopped_at is not None
    ]
