"""The gate in ``settings.SEND_GATES``: a text leaves only through a vendor that may have it."""

from datetime import datetime
from typing import Protocol

from compliance.domain.gates import Refusal
from compliance.domain.vendors.routes import Clearance
from tenants.models import Brand


class Leaving(Protocol):
    """What the gate needs of a message. ``processed_in`` and ``transfer_ground`` are written by it.

    ``clearance()`` of the route, read once per batch; None for the sandbox network, which is ours.
    """

    brand: Brand
    channel: str
    now: datetime
    is_text: bool
    processed_in: str
    transfer_ground: str

    def clearance(self) -> Clearance | None: ...


def vendor(outgoing: Leaving) -> Refusal | None:
    """Refuses where the agency has switched the duty on; elsewhere it only notes where the text
    is processed and on which ground. Hiding and showing again stay possible.

    Source: GDPR Art. 28(1), 44. Requirements C9, C11.
    """
    found = outgoing.clearance()
    if found is None:
        return None
    outgoing.processed_in, outgoing.transfer_ground = found.places[:40], found.ground
    if not outgoing.is_text or not found.blocks:
        return None
    return Refusal("vendor", found.code, found.message)
