"""How fast the brand promises to answer, per class of messages."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import ClockKind
from inbox.domain.automation import Changes
from inbox.models import SlaTarget
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require

LONGEST_MINUTES = 7 * 24 * 60


@transaction.atomic
def set_targets(
    brand: Brand, minutes: Mapping[str, int], *, actor: Actor, keep_existing: bool = False
) -> Changes:
    """Promise these times from now on; running clocks stay. ``keep_existing``: only new classes.

    Raises: NotAllowed, InvalidInput (unknown class, not 1 minute to 7 days).
    """
    require(actor, "tenants.brand.manage", brand)
    known = {row.kind: row for row in SlaTarget.objects.filter(brand=brand)}
    changes: Changes = {}
    for kind, wanted in minutes.items():
        if kind not in ClockKind.values:
            raise InvalidInput(kind, _("There is no class “%s”.") % kind[:30])
        if not 1 <= wanted <= LONGEST_MINUTES:
            raise InvalidInput(kind, _("Between 1 minute and 7 days."))
        row = known.get(kind)
        before = row.minutes if row else None
        if before == wanted or (row is not None and keep_existing):
            continue
        row = row or SlaTarget(brand=brand, kind=kind)
        row.minutes = wanted
        row.save()
        changes[kind] = (before, wanted)
    if changes:
        record(
            "inbox.target.changed",
            brand,
            actor=actor,
            before={name: old for name, (old, _new) in changes.items() if old is not None},
            after={name: new for name, (_old, new) in changes.items()},
        )
    return changes
