"""Which sending is stopped here: the banner on every page."""

from dataclasses import dataclass
from datetime import datetime

from tenants.domain.directory import Workspace
from tenants.models import Agency, Brand


@dataclass(frozen=True, slots=True)
class Stop:
    """``name``: the agency or brand whose sending is stopped. ``reason`` in a person's words."""

    name: str
    since: datetime
    reason: str


def stops_in(workspace: Workspace | None) -> list[Stop]:
    """From rows the middleware has read; costs no query."""
    if workspace is None:
        return []
    owners: list[Agency | Brand] = [workspace.agency, *workspace.brands]
    return [
        Stop(owner.name, owner.sending_stopped_at, owner.sending_stopped_reason)
        for owner in owners
        if owner.sending_stopped_at is not None
    ]
