"""What a sanction can do where the author writes: here always, at the network where it can."""

from dataclasses import dataclass

from inbox.choices import OutboxAction
from inbox.providers.connectors import CONNECTORS
from moderation.choices import SanctionKind


@dataclass(frozen=True, slots=True)
class Effect:
    """``hides``: comments can be hidden here. ``act``/``undo``: the network's own acts, or empty.

    A network that bans and cannot unban has an ``act`` without ``undo``.
    """

    hides: bool
    act: str = ""
    undo: str = ""


def effect_of(channel: str, kind: str) -> Effect:
    """From what the connector says it can do."""
    can = CONNECTORS[channel].capabilities
    offered = {str(name) for name in can["actions"]} & set(OutboxAction.values)
    act = kind if kind in {SanctionKind.MUTE, SanctionKind.BAN} and kind in offered else ""
    undo = f"un{kind}" if act and f"un{kind}" in offered else ""
    return Effect(hides=can["can_hide"], act=act, undo=undo)
