"""Who was shown personal data: events of reading, few enough to be read themselves."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from compliance.domain.audit import Entry, build_event
from compliance.domain.ledger_rows import insert_unless_told
from compliance.exceptions import NotInTransaction
from compliance.scope import audit_context
from tenants.models import Brand
from tenants.permissions import Actor
from tenants.registries import Seen
from tenants.scope import NoBrandActive, active_scope


def record_reads(seen: Sequence[Seen], *, actor: Actor) -> int:
    """Write what ``actor`` is shown, in the request's transaction and one statement; how many
    events were new.

    The same person and object (for lists: the same part and term) count once per
    ``READS_AGAIN_MINUTES``. Whatever fails here fails the page: nothing is shown untold.
    Raises: NotInTransaction, NoBrandActive, WrongBrand, NotPlainFact.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("a reading is written in the transaction that shows the data")
    if active_scope() is None:
        raise NoBrandActive("enter brand_scope() before recording a reading")
    now, cid = timezone.now(), audit_context().correlation_id
    events, details = [], []
    for one in seen:
        brand_id = one.brand_id or (one.obj.pk if isinstance(one.obj, Brand) else None)
        entry = Entry(one.kind, one.obj, personal=one.personal, facts=one.facts, brand_id=brand_id)
        event, its_details = build_event(entry, actor=actor, reason=one.page, cid=cid, now=now)
        events.append(event)
        details += its_details
    again = timedelta(minutes=settings.READS_AGAIN_MINUTES)
    return insert_unless_told(events, details, within=again)
