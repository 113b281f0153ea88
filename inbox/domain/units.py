"""The day's allowance of an app at a network, shared fairly between the accounts that use it.

Every account has an equal part that the others cannot take from it. What the others have not used
of theirs is lent, the more the later it is: at the end of the day everything may be used. Reading
leaves room for acts: it takes at most ``READ_PART`` of an account's part.
Source: YouTube Data API v3 quota calculator: 10,000 units, days begin at midnight Pacific time.
"""

from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Sum
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from compliance.domain.gates import Refusal
from inbox.domain.outgoing import Outgoing
from inbox.models import ApiUnits, ChannelAccount
from inbox.providers.connectors import CONNECTORS

READ_PART = 0.6
LOOK_AGAIN = timedelta(minutes=15)
_PLACE = ZoneInfo("America/Los_Angeles")
_DAY_S = 86_400

type Purpose = Literal["read", "act"]


def counts_units(channel: str) -> bool:
    return bool(CONNECTORS[channel].units)


def day_of(now: datetime) -> date:
    return now.astimezone(_PLACE).date()


def next_day(now: datetime) -> datetime:
    """When the allowance is whole again."""
    return datetime.combine(day_of(now) + timedelta(days=1), time(), _PLACE)


def room_for(account: ChannelAccount, *, purpose: Purpose, now: datetime) -> int:
    """How many units the account may spend now."""
    today = day_of(now)
    daily: int = settings.YOUTUBE_DAILY_UNITS
    rows = ApiUnits.objects.filter(app_id=account.app_id, day__gte=today - timedelta(days=1))
    spent: dict[UUID, int] = {account.pk: 0}
    for ref, day, units in rows.values_list("account_ref", "day", "units"):
        spent[ref] = spent.get(ref, 0) + (units if day == today else 0)
    part = daily // len(spent)
    left_of_day = max(0.0, (next_day(now) - now).total_seconds()) / _DAY_S
    mine, total = spent[account.pk], sum(spent.values())
    kept = sum(max(0, part - used) for ref, used in spent.items() if ref != account.pk)
    own_part = part
    if purpose == "read":
        own_part = int(part * READ_PART)
        kept += part - own_part
    lent = daily - total - int(kept * left_of_day)
    return max(0, min(daily - total, max(own_part - mine, lent)))


def spend_units(account: ChannelAccount, units: int, *, now: datetime) -> None:
    """Note what a call costs; failed calls cost the same. 0 makes the account known as a sharer."""
    row, is_new = ApiUnits.objects.get_or_create(
        app_id=account.app_id,
        day=day_of(now),
        account_ref=account.pk,
        defaults={"units": units},
    )
    if units and not is_new:
        ApiUnits.objects.filter(pk=row.pk).update(units=F("units") + units)


def spent_today(account: ChannelAccount, *, now: datetime) -> int:
    """Units of the account's app, all its accounts together."""
    rows = ApiUnits.objects.filter(app_id=account.app_id, day=day_of(now))
    found = rows.aggregate(sum=Sum("units"))["sum"]
    return int(found) if found else 0


def pace_s(account: ChannelAccount, *, units_per_poll: int, now: datetime) -> int:
    """Seconds between two polls at which the account's part for reading lasts for the day."""
    room = room_for(account, purpose="read", now=now)
    if room < units_per_poll:
        return int(LOOK_AGAIN.total_seconds())
    left_s = max(1.0, (next_day(now) - now).total_seconds())
    return int(left_s * max(1, units_per_poll) / room)


def api_units(outgoing: Outgoing) -> Refusal | None:
    """In ``settings.SEND_GATES``: an act waits when the account's part of the day is used up."""
    cost = CONNECTORS[outgoing.channel].units.get(outgoing.item.action, 0)
    if not cost or not outgoing.is_leaving:
        return None
    if room_for(outgoing.account, purpose="act", now=outgoing.now) >= cost:
        return None
    at = min(next_day(outgoing.now), outgoing.now + LOOK_AGAIN)
    return Refusal(
        "api_units",
        "no_units",
        _("The network's allowance for today is used up; it is tried again at %(at)s.")
        % {"at": formats.date_format(timezone.localtime(at), "TIME_FORMAT")},
        retry_at=at,
    )
