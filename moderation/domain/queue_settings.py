"""What a brand has decided about its queue."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from moderation.choices import Category
from moderation.models import QueueSettings
from moderation.models.queue import LONGEST_UNDO_S
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

MOST_BEFORE_A_BREAK = 1_000


def settings_of(brand_id: UUID) -> QueueSettings:
    """The brand's settings, or the product's defaults as a row that is not stored. One query."""
    found = QueueSettings.objects.filter(brand_id=brand_id).first()
    return found or QueueSettings(brand_id=brand_id)


def undo_window(chosen: QueueSettings) -> timedelta:
    """How long a person's hiding waits before it leaves."""
    seconds = chosen.undo_seconds
    return timedelta(seconds=settings.MODERATION_UNDO_S if seconds is None else seconds)


@transaction.atomic
def change_queue_settings(
    brand: Brand,
    *,
    undo_seconds: int | None,
    second_person_for: Iterable[str],
    pause_after: int,
    actor: Actor,
) -> QueueSettings:
    """Set all three. Hides that wait already leave as they were promised.

    Raises: NotAllowed, InvalidInput.
    """
    require(actor, "moderation.policy.manage", brand)
    wanted = sorted(set(second_person_for))
    if undo_seconds is not None and not 0 <= undo_seconds <= LONGEST_UNDO_S:
        raise InvalidInput("undo_seconds", _("Between 0 and %d seconds.") % LONGEST_UNDO_S)
    if unknown := set(wanted) - set(Category.values):
        raise InvalidInput("second_person_for", _("There is no rule “%s”.") % min(unknown)[:30])
    if not 0 <= pause_after <= MOST_BEFORE_A_BREAK:
        raise InvalidInput("pause_after", _("Between 0 and %d.") % MOST_BEFORE_A_BREAK)
    row = QueueSettings.objects.select_for_update().filter(brand=brand).first()
    row = row or QueueSettings(brand=brand)
    before = _told(row)
    row.undo_seconds, row.second_person_for, row.pause_after = undo_seconds, wanted, pause_after
    if _told(row) == before:
        return row
    row.save()
    record("moderation.queue.changed", row, actor=actor, before=before, after=_told(row))
    return row


def _told(row: QueueSettings) -> dict[str, object]:
    return {
        "undo_seconds": row.undo_seconds,
        "second_person_for": ".".join(row.second_person_for),
        "pause_after": row.pause_after,
    }
