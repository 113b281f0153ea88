"""What reporters of a comment are told: the receipt, the decision, what they can do next."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils import formats, translation
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from moderation.choices import ADVERSE, OPEN_NOTICES, Action, NoticeOutcome, NoticeState
from moderation.models import Case, Decision, Notice
from tenants.actors import SystemActor
from tenants.domain.post import call_back, post
from tenants.models import OutgoingMail, User

ANSWERER = SystemActor("system", "notices")
_SALT = "moderation.notice"


def status_url(notice: Notice) -> str:
    """Where the reporter reads how far it is; the signature is the key."""
    token = signing.dumps([str(notice.brand_id), str(notice.pk)], salt=_SALT, compress=True)
    return f"{settings.PUBLIC_URL}/notices/status/{token}/"


def read_token(token: str) -> list[str]:
    """[brand id, notice id]. Raises: signing.BadSignature."""
    named: list[str] = signing.loads(token, salt=_SALT)
    return named


def answer_by_decision(
    case: Case, decision: Decision, *, now: datetime, leaves_at: datetime
) -> None:
    """The case is decided by a person: everybody who reported its comment hears how, once the
    decision is not to be taken back unheard any more."""
    if decision.decided_by_id is None or decision.action == Action.ESCALATE:
        return
    restricted = decision.action in ADVERSE
    for notice in case.notices.select_for_update().filter(state__in=OPEN_NOTICES):
        notice.decision = decision
        close(
            notice,
            outcome=NoticeOutcome.RESTRICTED if restricted else NoticeOutcome.NO_ACTION,
            answer=decision.rule.text(notice.language) if restricted else "",
            by=decision.decided_by_id,
            now=now,
            leaves_at=leaves_at,
        )


def reopen(decision: Decision, *, actor: User) -> None:
    """Their case waits again: so do they. The mail is called back if it has not left; else the next
    decision is told as well."""
    decided = decision.notices.select_for_update().filter(state=NoticeState.DECIDED)
    for notice in decided:
        unheard = notice.answer_mail is not None and call_back(notice.answer_mail)
        notice.state, notice.outcome, notice.answer = NoticeState.UNDER_REVIEW, "", ""
        notice.decision = notice.decided_by = notice.decided_at = notice.answer_mail = None
        notice.save()
        facts = {"decision": str(decision.pk), "unheard": unheard}
        record("moderation.notice.reopened", notice, actor=actor, facts=facts)


def close(
    notice: Notice,
    *,
    outcome: NoticeOutcome,
    answer: str,
    by: UUID,
    now: datetime,
    leaves_at: datetime | None = None,
) -> None:
    """Write down the answer and mail it. In the caller's transaction, with the row locked."""
    notice.state, notice.outcome, notice.answer = NoticeState.DECIDED, outcome, answer
    notice.decided_by_id, notice.decided_at = by, now
    notice.save()
    record(
        "moderation.notice.decided",
        notice,
        actor=ANSWERER,
        facts={
            "outcome": outcome.value,
            "by": str(by),
            "decision": str(notice.decision_id or "none"),
        },
    )
    tell_decision(notice, leaves_at=leaves_at)


def tell_receipt(notice: Notice) -> bool:
    """Whether it could be. Source: DSA Art. 16(4)."""
    mail = _mail(
        notice,
        lambda brand: _("Your notice to %s has arrived") % brand,
        lambda brand: (
            _(
                "We have received your notice about a comment on the pages of %(brand)s. A person"
                " looks at it. How far it is: %(url)s"
            )
            % {"brand": brand, "url": status_url(notice)}
        ),
    )
    return mail is not None


def tell_decision(notice: Notice, *, leaves_at: datetime | None = None) -> None:
    """The decision with what can be done against it. Source: DSA Art. 16(5)."""
    mail = _mail(
        notice,
        lambda brand: _("Your notice to %s is decided") % brand,
        lambda _brand: f"{words_of(notice)}\n\n{redress()}\n\n{status_url(notice)}",
        not_before=leaves_at,
    )
    notice.answer_mail = mail.pk if mail else None
    notice.save(update_fields=["answer_mail"])


def tell_standing(notice: Notice, *, until: datetime | None) -> None:
    """A warning, or that patience has ended. Source: DSA Art. 23(2)-(4)."""

    def words(_brand: str) -> str:
        if until is None:
            return _(
                "You have sent us notices that are manifestly unfounded. If you go on, we will set"
                " your notices aside for a time. Please report only what is really illegal."
            )
        return _(
            "You have sent us manifestly unfounded notices again and again. Until %(date)s we set"
            " your notices aside."
        ) % {"date": formats.date_format(until, "SHORT_DATE_FORMAT")}

    _mail(notice, lambda brand: _("Your notices to %s") % brand, words)


def words_of(notice: Notice) -> str:
    """The state in the reporter's words, in the active language."""
    match notice.state:
        case NoticeState.DECIDED:
            words = {
                NoticeOutcome.RESTRICTED: _("We have restricted the comment that you reported."),
                NoticeOutcome.NO_ACTION: _(
                    "We have looked at the comment that you reported. It stays as it is."
                ),
                NoticeOutcome.NOT_FOUND: _(
                    "There is no such comment on our pages, or it is gone already."
                ),
            }[NoticeOutcome(notice.outcome)]
            made = _("A person decided this, no machine.")
            return "\n".join(filter(None, [words, notice.answer, made]))
        case NoticeState.UNFOUNDED:
            return "\n".join(filter(None, [_("Your notice was unfounded."), notice.answer]))
        case NoticeState.SET_ASIDE:
            return _("Your notice was set aside, because you are suspended for a time.")
    return _("Your notice has arrived. A person looks at it.")


def redress() -> str:
    return _(
        "If you disagree, answer this mail: somebody else looks at it again. You can also report"
        " the comment to the network itself, turn to a certified out-of-court body or go to court."
    )


def _mail(
    notice: Notice,
    subject: Callable[[str], str],
    text: Callable[[str], str],
    *,
    not_before: datetime | None = None,
) -> OutgoingMail | None:
    """In the reporter's language; None if they gave no address."""
    if not notice.email:
        return None
    with translation.override(notice.language):
        return post(
            to=notice.email,
            language=notice.language,
            subject=subject(notice.brand.name),
            text=text(notice.brand.name),
            agency=notice.brand.agency,
            not_before=not_before,
        )
