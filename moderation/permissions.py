"""What people may do in moderation."""

from django.utils.translation import gettext_lazy as _

from tenants.permissions import declare

declare("moderation.case.view", label=_("See the queue"), help=_("Cases, decisions and reasons."))
declare(
    "moderation.case.decide",
    label=_("Decide cases"),
    help=_("Leave visible, hide or escalate, with a reason."),
)
declare(
    "moderation.case.settle",
    label=_("Settle legal claims"),
    help=_("Decide legal claims that somebody else has escalated."),
)
declare(
    "moderation.exposure.oversee",
    label=_("See what the team had to look at"),
    help=_("How many severe cases each person has opened, by day. Never a ranking."),
)
declare(
    "moderation.appeal.view",
    label=_("See appeals"),
    help=_("What authors said and what was answered."),
)
declare(
    "moderation.appeal.decide",
    label=_("Decide appeals"),
    help=_("Uphold or overturn decisions one took no part in."),
)
declare("moderation.policy.view", label=_("See the policy"), help=_("Rules in all versions."))
declare(
    "moderation.policy.manage",
    label=_("Change the policy"),
    help=_("Put a new version of a rule into effect."),
)
