"""Mail: stored first, sent by a worker, tried again, given up in the open.

At least once: a worker that dies between the server's yes and its own note sends again, under the
same Message-ID.
"""

import smtplib
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, mailers
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.choices import Language, MailState
from tenants.exceptions import InvalidInput
from tenants.models import Agency, OutgoingMail
from tenants.tasks import deliver_post

LEASE = timedelta(minutes=2)
# After the n-th failure. About a day in all; then the mail is given up.
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 480, 720))
KEPT = timedelta(days=30)
BATCH = 50


def post(
    *,
    to: str,
    language: str,
    subject: str,
    text: str,
    agency: Agency | None = None,
    not_before: datetime | None = None,
) -> OutgoingMail:
    """Store one plain-text mail; a worker is woken once the transaction is committed.

    ``not_before``: until then it can be called back; the schedule sends it.
    Raises: InvalidInput (``to``: not an address; ``subject``: empty or of several lines;
    ``language``: unknown).
    """
    try:
        validate_email(to)
    except ValidationError as error:
        raise InvalidInput("to", _("“%s” is not an e-mail address.") % to[:100]) from error
    if not subject.strip() or len(subject.splitlines()) > 1:
        raise InvalidInput("subject", _("A mail needs a subject of one line."))
    if language not in Language.values:
        raise InvalidInput("language", _("Choose German or English."))
    mail = OutgoingMail.objects.create(
        agency=agency,
        to=to,
        language=language,
        subject=subject.strip(),
        text=text,
        not_before=not_before or timezone.now(),
    )
    transaction.on_commit(partial(deliver_post.delay), robust=True)
    return mail


def call_back(key: UUID) -> bool:
    """Take a mail back that nobody has tried to send; whether there was one."""
    waiting = OutgoingMail.objects.filter(pk=key, state=MailState.WAITING, attempts=0)
    return bool(waiting.delete()[0])


def deliver_due(*, now: datetime | None = None) -> int:
    """Send what is due, oldest first, at most ``BATCH``; how many left. Not in a transaction."""
    sent = 0
    for _turn in range(BATCH):
        mail = _claim(now or timezone.now())
        if mail is None:
            break
        sent += _deliver(mail)
    return sent


def forget_old_mail(*, now: datetime | None = None) -> int:
    """Remove rows of mails that ended more than thirty days ago."""
    before = (now or timezone.now()) - KEPT
    return OutgoingMail.objects.filter(ended_at__lt=before).delete()[0]


@transaction.atomic
def _claim(now: datetime) -> OutgoingMail | None:
    due = Q(state=MailState.WAITING, not_before__lte=now) | Q(
        state=MailState.SENDING, lease_until__lt=now
    )
    mail = (
        OutgoingMail.objects.select_for_update(skip_locked=True)
        .filter(due)
        .order_by("not_before")
        .first()
    )
    if mail is not None:
        mail.state, mail.lease_until = MailState.SENDING, now + LEASE
        mail.attempts += 1
        mail.save(update_fields=["state", "lease_until", "attempts"])
    return mail


def _deliver(mail: OutgoingMail) -> bool:
    message = EmailMessage(
        mail.subject,
        mail.text,
        settings.DEFAULT_FROM_EMAIL,
        [mail.to],
        headers={
            "Message-ID": f"<{mail.pk}@{settings.AUDIT_HOST}>",
            "Content-Language": mail.language,
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        with closing(mailers["default"]) as connection:
            connection.send_messages([message])
    except (OSError, smtplib.SMTPException) as error:
        _refused(mail, _code_of(error))
        return False
    _end(mail, MailState.SENT)
    return True


def _code_of(error: Exception) -> str:
    """SMTP code of three digits, else ``connection``."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return str(next(iter(error.recipients.values()))[0])
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    return "connection"


def _refused(mail: OutgoingMail, code: str) -> None:
    """5xx is the server's last word, but for a refused sign-in: that is ours to repair."""
    is_final = code.startswith("5") and code not in {"530", "534", "535", "538"}
    mail.failure_code = code
    if is_final or mail.attempts > len(WAITS):
        _end(mail, MailState.FAILED)
        return
    mail.state, mail.lease_until = MailState.WAITING, None
    mail.not_before = timezone.now() + WAITS[mail.attempts - 1]
    _save(mail, "state", "lease_until", "not_before", "failure_code")


def _end(mail: OutgoingMail, state: MailState) -> None:
    mail.state, mail.ended_at, mail.lease_until = state, timezone.now(), None
    mail.to = mail.subject = mail.text = ""
    if state == MailState.SENT:
        mail.failure_code = ""
    _save(mail, "state", "ended_at", "lease_until", "to", "subject", "text", "failure_code")


def _save(mail: OutgoingMail, *names: str) -> None:
    """Only while this worker's turn still stands."""
    values: dict[str, Any] = {name: getattr(mail, name) for name in names}
    held = OutgoingMail.objects.filter(pk=mail.pk, attempts=mail.attempts, state=MailState.SENDING)
    held.update(**values)
