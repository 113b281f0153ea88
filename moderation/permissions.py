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
VIEW_QUALITY = declare(
    "moderation.quality.view",
    label=_("See the quality"),
    help=_("Rates of wrong and missed decisions, agreement, alarms."),
)
REVIEW_SAMPLE = declare(
    "moderation.sample.review",
    label=_("Review samples"),
    help=_("Look again at decisions of machines and of others, without seeing them."),
)
DRAW_SAMPLE = declare(
    "moderation.sample.draw",
    label=_("Draw samples"),
    help=_("Have samples drawn at once, beside the weekly ones."),
)
MANAGE_LICENCE = declare(
    "moderation.licence.manage",
    label=_("Decide on automatic hiding"),
    help=_("How far spam and scam are hidden without a person; close alarms about quality."),
)
declare(
    "moderation.sanction.manage",
    label=_("Sanction authors"),
    help=_("Warn, restrict, mute or ban authors of comments, and lift it again."),
)
declare(
    "moderation.notice.view",
    label=_("See notices"),
    help=_("What the public has reported, and who."),
)
declare(
    "moderation.notice.handle",
    label=_("Handle notices"),
    help=_("Find the comment meant, answer, warn and suspend reporters."),
)
declare(
    "moderation.statement.export",
    label=_("Export statements of reasons"),
    help=_("In the form of the EU transparency database."),
)
