"""Handing the package to the person: a code on demand, a few tries, every taking recorded."""

from typing import IO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.requests import answers, links
from compliance.exceptions import LinkSpent, WrongCode
from compliance.models import DataRequest
from tenants.actors import PUBLIC_AUTHOR


def _held(case: DataRequest) -> DataRequest:
    """Also of a case that is closed: the package outlives the answer by a few days."""
    return (
        DataRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand__agency")
        .get(pk=case.pk)
    )


@transaction.atomic
def send_code(case: DataRequest) -> None:
    """A new code to the person's address or channel; the earlier one ends.

    Raises: WrongCode (there is no way to send one).
    """
    case = _held(case)
    code = links.new_code()
    case.package_code_sha256 = links.code_hash(case, code)
    case.package_code_until = timezone.now() + links.CODE_LIFETIME
    case.package_code_attempts = 0
    case.save(update_fields=["package_code_sha256", "package_code_until", "package_code_attempts"])
    if not answers.send_package_code(case, code):
        raise WrongCode(_("We cannot send you a code. Please write to us."))
    record("compliance.request.package_code_sent", case, actor=PUBLIC_AUTHOR)


def open_package(case: DataRequest, *, code: str) -> IO[bytes]:
    """The file, to be sent to the person. The taking is an event.

    Raises: WrongCode (wrong, expired, tried too often), LinkSpent (the file is gone).
    """
    with transaction.atomic():
        case = _held(case)
        if not case.package or not links.in_time(case.package_until, now=timezone.now()):
            raise LinkSpent
        if not links.in_time(case.package_code_until, now=timezone.now()):
            raise WrongCode(_("This code has expired. Have a new one sent."))
        if case.package_code_attempts >= links.CODE_TRIES:
            raise WrongCode(_("Too many wrong codes. Have a new one sent."))
        if links.fits(case, code, case.package_code_sha256):
            case.downloads += 1
            case.save(update_fields=["downloads"])
            facts = {"sha256": case.package_sha256, "downloads": case.downloads}
            record("compliance.request.package_taken", case, actor=PUBLIC_AUTHOR, facts=facts)
            opened: IO[bytes] = case.package.open("rb")
            return opened
        case.package_code_attempts += 1
        case.save(update_fields=["package_code_attempts"])
        left = links.CODE_TRIES - case.package_code_attempts
        facts = {"attempts": case.package_code_attempts}
        record("compliance.request.package_refused", case, actor=PUBLIC_AUTHOR, facts=facts)
    # Outside: the count of tries stays, whatever is raised.
    raise WrongCode(_("This code is not right. Tries left: %d.") % left)
