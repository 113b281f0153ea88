"""What people may do in the inbox."""

from django.utils.translation import gettext_lazy as _

from tenants.permissions import declare

declare(
    "inbox.conversation.view",
    label=_("Read conversations"),
    help=_("Messages, comments and contacts of the brand."),
)
declare(
    "inbox.conversation.work",
    label=_("Work on conversations"),
    help=_("Assign, close, reopen, write notes."),
)
declare(
    "inbox.reply.send",
    label=_("Answer"),
    help=_("Write and send replies in the name of the brand."),
)
declare(
    "inbox.reply.relay",
    label=_("Relay people's answers"),
    help=_("For API tokens: what they send was written by a person and needs no disclosure."),
)
declare(
    "inbox.reply.approve",
    label=_("Approve replies"),
    help=_("Release held drafts: prices, legal matters, sensitive data."),
)
declare(
    "inbox.channel.view",
    label=_("See channels"),
    help=_("Connected accounts and what they can do."),
)
declare(
    "inbox.channel.manage",
    label=_("Manage channels"),
    help=_("Connect, change and disconnect accounts."),
)
declare(
    "inbox.sending.stop",
    label=_("Stop sending"),
    help=_("The kill switch of the brand and its channels."),
)
declare(
    "inbox.event.manage",
    label=_("Repair deliveries"),
    help=_("See events that failed and try them again."),
)
declare(
    "inbox.delivery.view",
    label=_("See raw deliveries"),
    help=_("Unreadable or unroutable deliveries of the whole agency."),
)
