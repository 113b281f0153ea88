"""The order of the queue: severity × reach × age against the deadline, as one instant.

A case presses with ``severity × reach × age ÷ allowance``. The instant at which that reaches one is
fixed when the case is opened: ``opened + allowance ÷ (severity × reach)``. Cases are worked in the
order of these instants, so the order is an index and does not change while time passes. What is
severe has a head start of its own. Nobody starves: whatever is opened after a case's deadline and
the longest head start comes behind it, however severe it is.
"""

import math
import unicodedata
from datetime import datetime, timedelta
from hashlib import sha256

from inbox.models import Contact
from moderation.choices import Severity

WEIGHT = {Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 4, Severity.CRITICAL: 8}
HEAD_START = {
    Severity.LOW: timedelta(),
    Severity.MEDIUM: timedelta(),
    Severity.HIGH: timedelta(days=1),
    Severity.CRITICAL: timedelta(days=7),
}
FARTHEST = 3.0
VIP = 2.0


def rank_at(
    *, severity: int, opened_at: datetime, due_at: datetime, contact: Contact | None
) -> datetime:
    """When the case presses with one, less its head start. Smaller comes first."""
    grade = Severity(severity)
    allowance = due_at - opened_at
    pressing = min(allowance, allowance / (WEIGHT[grade] * reach_of(contact)))
    return opened_at + pressing - HEAD_START[grade]


def reach_of(contact: Contact | None) -> float:
    """1 to 3: one step per thousand-fold of followers; VIPs reach at least as far as 1,000."""
    if contact is None:
        return 1.0
    by_followers = 1 + math.log10(1 + (contact.follower_count or 0)) / 3
    return min(FARTHEST, max(by_followers, VIP if contact.is_vip else 1.0))


def words_key(text: str) -> str:
    """The same for texts that differ in case, width and spaces only; empty for no text."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return sha256(plain.encode("utf-8", "replace")).hexdigest()[:32] if plain else ""
