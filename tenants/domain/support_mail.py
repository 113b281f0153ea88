"""What the people of an agency are told by mail about support access."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.db.models import Q
from django.utils import formats, translation
from django.utils.translation import gettext as _

from tenants.domain.post import post
from tenants.models import Membership, SupportAccess, User

CAPABILITY = "tenants.support.manage"


def _keepers(access: SupportAccess) -> Iterable[User]:
    """People of the agency who may let support in."""
    here = Q(brand=None) | Q(brand=access.brand_id)
    found = Membership.objects.filter(here, agency=access.agency_id, user__is_active=True)
    people = {m.user_id: m.user for m in found.select_related("user", "role")
              if CAPABILITY in m.role.held}  # fmt: skip
    return people.values()


def tell_asked(access: SupportAccess) -> None:
    """To everybody of the agency who may let support in, each in their own language."""
    _notify(access, _asked)


def tell_emergency(access: SupportAccess) -> None:
    _notify(access, _emergency)


def tell_ended(access: SupportAccess) -> None:
    _notify(access, _ended)


def _notify(access: SupportAccess, words: Callable[[SupportAccess], tuple[str, str]]) -> None:
    for person in _keepers(access):
        with translation.override(person.language):
            subject, text = words(access)
            lines = [text, _("Reason: %s") % access.reason, _list_address(access)]
            post(
                to=person.email,
                language=person.language,
                subject=subject,
                text="\n\n".join(lines),
                agency=access.agency,
            )


def _list_address(access: SupportAccess) -> str:
    return f"{settings.PUBLIC_URL}/w/{access.agency.slug}/admin/tenants/supportaccess/"


def _names(access: SupportAccess) -> dict[str, str]:
    until = access.expires_at
    return {
        "who": str(access.staff),
        "where": access.place,
        "hours": str(access.hours),
        "until": formats.date_format(until, "SHORT_DATETIME_FORMAT") if until else "",
        "pages": str(access.pages_viewed),
    }


def _asked(access: SupportAccess) -> tuple[str, str]:
    names = _names(access)
    return (
        _("Engage support asks for access to %(where)s") % names,
        _(
            "%(who)s of Engage support asks to see %(where)s for %(hours)s hours, reading only."
            " Nothing is open until you agree."
        )
        % names,
    )


def _emergency(access: SupportAccess) -> tuple[str, str]:
    names = _names(access)
    return (
        _("Emergency: Engage support has opened %(where)s") % names,
        _(
            "%(who)s of Engage support has opened %(where)s in an emergency, reading only, until"
            " %(until)s (UTC). Every page seen stands in your audit trail. You can end it at any"
            " time."
        )
        % names,
    )


def _ended(access: SupportAccess) -> tuple[str, str]:
    names = _names(access)
    return (
        _("Support access to %(where)s has ended") % names,
        _("%(who)s of Engage support saw %(pages)s pages of %(where)s.") % names,
    )
