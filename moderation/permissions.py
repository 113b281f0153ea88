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
