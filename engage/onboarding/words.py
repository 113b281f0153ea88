"""What an account can do and where its limits are, in sentences."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from inbox.providers.connectors import CONNECTORS


def abilities(channel: str) -> list[str]:
    """What the network lets us do, at best."""
    return list(_abilities(channel))


def limits(channel: str) -> list[str]:
    """Where it ends."""
    return list(_limits(channel))


def _abilities(channel: str) -> Iterator[str]:
    known = CONNECTORS[channel].capabilities
    if "message" in known["actions"]:
        yield _("Receives and answers direct messages.")
    if "comment_reply" in known["actions"]:
        yield _("Receives comments and answers them in public.")
    if known["can_private_reply"]:
        yield _("Can answer a comment in private.")
    if known["can_hide"]:
        yield (
            _("Can hide comments and show them again.")
            if known["hide_reversible"]
            else _("Can hide comments, for good.")
        )
    if "read" in known["receipts"]:
        yield _("Tells whether a message was delivered and read.")


def _limits(channel: str) -> Iterator[str]:
    known = CONNECTORS[channel].capabilities
    hours = known["reply_window_hours"]
    if hours:
        yield _("Messages can be answered for %d hours after the person's last one.") % hours
    if known["needs_template_after_window"]:
        yield _("After that the network takes approved templates only; these are not sent yet.")
    private = known["private_reply_window_hours"]
    if known["can_private_reply"] and private:
        yield _("A comment can be answered in private once, within %d days.") % (private // 24)
    yield _("At most %d characters per message.") % known["max_chars"]
    if not known["can_hide"]:
        yield _("Comments do not exist here, so nothing can be hidden.")
    if not known["read_back"]:
        yield _("When a send breaks off, we cannot look whether it arrived; a person decides.")
