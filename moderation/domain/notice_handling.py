"""What the staff do with notices: find the comment, answer, and meet misuse."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from inbox.choices import Direction
from inbox.models import Message
from moderation.choices import OPEN_NOTICES, NoticeOutcome, NoticeState, Standing
from moderation.domain import notice_answers
from moderation.domain.notices import put_in_queue, standing_of
from moderation.exceptions import ReasonMissing
from moderation.models import Notice, ReporterStanding
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import User
from tenants.permissions import require

HANDLE = "moderation.notice.handle"
LONGEST_SUSPENSION = timedelta(days=180)


@transaction.atomic
def choose_message(notice: Notice, message: Message, *, actor: User) -> Notice:
    """A person has found which comment is meant. Raises: NotAllowed, InvalidState, InvalidInput."""
    require(actor, HANDLE, notice)
    notice = _open(notice)
    if message.brand_id != notice.brand_id or message.direction != Direction.INBOUND:
        raise InvalidInput("message", _("Choose a comment of this brand."))
    record("moderation.notice.linked", notice, actor=actor, facts={"message": str(message.pk)})
    return put_in_queue(notice, message, now=timezone.now())


@transaction.atomic
def answer_notice(notice: Notice, *, answer: str, actor: User) -> Notice:
    """There is no such comment on the brand's pages. Raises: NotAllowed, ReasonMissing,
    InvalidState (it is in the queue: decide the case)."""
    require(actor, HANDLE, notice)
    notice = _open(notice)
    if notice.case_id is not None:
        raise InvalidState(_("The comment is in the queue: decide its case there."))
    if not answer.strip():
        raise ReasonMissing
    notice_answers.close(
        notice,
        outcome=NoticeOutcome.NOT_FOUND,
        answer=answer.strip(),
        by=actor.pk,
        now=timezone.now(),
    )
    return notice


@transaction.atomic
def set_trusted(notice: Notice, *, is_trusted: bool, actor: User) -> Notice:
    """Whether the reporter is a trusted flagger (DSA Art. 22). It goes into the record of the
    decision, so it can be said until then. Raises: NotAllowed, InvalidState."""
    require(actor, HANDLE, notice)
    notice = _open(notice)
    notice.is_trusted_flagger = is_trusted
    notice.save(update_fields=["is_trusted_flagger"])
    record("moderation.notice.changed", notice, actor=actor, facts={"trusted": is_trusted})
    return notice


@transaction.atomic
def find_unfounded(notice: Notice, *, reason: str, actor: User) -> Notice:
    """Manifestly unfounded: a person says so, with a reason; an open case of its stays open.

    Raises: NotAllowed, ReasonMissing, InvalidState.
    """
    require(actor, HANDLE, notice)
    notice = _open(notice)
    if not reason.strip():
        raise ReasonMissing
    notice.state, notice.answer = NoticeState.UNFOUNDED, reason.strip()
    notice.decided_by, notice.decided_at = actor, timezone.now()
    notice.save()
    record("moderation.notice.refused", notice, actor=actor, personal={"reason": reason.strip()})
    notice_answers.tell_decision(notice)
    return notice


@transaction.atomic
def warn_reporter(notice: Notice, *, reason: str, actor: User) -> ReporterStanding:
    """Raises: NotAllowed, ReasonMissing, InvalidState (the notice is not unfounded)."""
    return _stand(notice, Standing.WARNED, None, reason=reason, actor=actor)


@transaction.atomic
def suspend_reporter(notice: Notice, *, days: int, reason: str, actor: User) -> ReporterStanding:
    """Set a reporter's notices aside for a time; only after a warning.

    Raises: NotAllowed, ReasonMissing, InvalidState, InvalidInput (``days``).
    """
    if not 1 <= days <= LONGEST_SUSPENSION.days:
        raise InvalidInput("days", _("Between 1 and %d days.") % LONGEST_SUSPENSION.days)
    before = standing_of(notice.email_hash, brand_id=notice.brand_id)
    if before is None or before.notice_id == notice.pk:
        raise InvalidState(_("Warn the reporter first, and wait for the next unfounded notice."))
    until = timezone.now() + timedelta(days=days)
    return _stand(notice, Standing.SUSPENDED, until, reason=reason, actor=actor)


def _stand(
    notice: Notice, standing: Standing, until: datetime | None, *, reason: str, actor: User
) -> ReporterStanding:
    require(actor, HANDLE, notice)
    if not reason.strip():
        raise ReasonMissing
    if notice.state != NoticeState.UNFOUNDED or not notice.email_hash:
        raise InvalidState(_("Only after a notice of theirs was found manifestly unfounded."))
    row = ReporterStanding.objects.create(
        brand_id=notice.brand_id,
        email_hash=notice.email_hash,
        standing=standing,
        notice=notice,
        reason=reason.strip(),
        since=timezone.now(),
        until=until,
        decided_by=actor,
    )
    record(
        f"moderation.reporter.{standing.value}",
        row,
        actor=actor,
        facts={"notice": str(notice.pk)} | ({"until": until.date().isoformat()} if until else {}),
        personal={"reason": reason.strip()},
    )
    notice_answers.tell_standing(notice, until=until)
    return row


def _open(notice: Notice) -> Notice:
    found = (
        Notice.objects.select_for_update(of=("self",))
        .select_related("brand__agency")
        .get(pk=notice.pk)
    )
    if found.state not in OPEN_NOTICES:
        raise InvalidState(_("This notice was answered already."))
    return found
