"""The moment of truth: the assessment is certain, and the licence says what becomes of it."""

from typing import Final

from django.conf import settings

from inbox.domain import ahead
from inbox.domain.acts import may_machine_hide
from inbox.domain.items import Item
from inbox.models import ChannelAccount
from moderation.choices import Category, Effect, LicenceState
from moderation.domain.assessment import Assessment as Found
from moderation.domain.assessment.verdict import LOOK_FROM
from moderation.domain.licence.evidence import licence_of
from moderation.domain.licence.states import SHARES, UNMEASURED_SHARE, is_drawn
from moderation.domain.policies import rule_for
from moderation.models import HidingLicence
from moderation.models.licence import ELIGIBLE
from tenants.choices import BrandState

NEVER: Final = (
    Category.HATE,
    Category.THREAT,
    Category.SELF_HARM,
    Category.CHILD_SAFETY,
    Category.LEGAL_CLAIM,
    Category.ILLEGAL_OFFER,
)
"""One sign of these and a person decides, however certain the spam is."""


def rule_on(item: Item, found: Found, category: str) -> Effect | None:
    """What the brand's licence makes of an item that the assessment would hide.

    None: nothing is hidden and nothing is noted, because the item is not eligible (another
    category, a sign of something grave, the brand's own account, a policy that does not want it,
    a score under the licence's threshold). At most three queries, none unless the verdict is
    ``auto_hide``.
    """
    if found.verdict != "auto_hide" or category not in ELIGIBLE or _is_grave(found):
        return None
    brand_id = item.account.brand_id
    rule = ahead.once(("rule", category), lambda: rule_for(category, brand_id=brand_id))
    if not (rule.auto_hide and may_machine_hide(item.message)) or _writes_for_the_brand(item):
        return None
    licence = ahead.once(("licence", category), lambda: licence_of(brand_id, category))
    if found.score_of(category) < licence.threshold:
        return None
    if is_switched_off(item.account):
        return Effect.SWITCHED_OFF
    if licence.state == LicenceState.SHADOW:
        return Effect.SHADOW
    if licence.state == LicenceState.STOPPED:
        return Effect.STOPPED
    share = share_of(licence, version=found.version)
    return Effect.HIDDEN if is_drawn(item.message.pk, category, share) else Effect.CONTROL


def share_of(licence: HidingLicence, *, version: str) -> int:
    """Of a hundred. A version nobody has measured hides a few only, whatever the licence says."""
    share = SHARES[LicenceState(licence.state)]
    return share if version == licence.model_version else min(share, UNMEASURED_SHARE)


def is_switched_off(account: ChannelAccount) -> bool:
    """The kill switch of the platform, agency, brand or account; a frozen brand."""
    brand = account.brand
    return (
        settings.SENDING_STOPPED
        or brand.state == BrandState.FROZEN
        or any(owner.sending_stopped_at is not None for owner in (brand.agency, brand, account))
    )


def _is_grave(found: Found) -> bool:
    return any(
        score.category in NEVER and score.score >= LOOK_FROM[score.category]
        for score in found.scores
    )


def _writes_for_the_brand(item: Item) -> bool:
    """One of the brand's own pages under another one's post."""
    return ChannelAccount.objects.filter(
        channel=item.account.channel, external_id=item.handle.external_id
    ).exists()
