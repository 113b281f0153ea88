"""What an act of moderation means on each network: is it offered, who still sees the comment, what
takes it back. Data only; verbs and pages read it.

An act that nothing takes back is never done by a machine, and a person is told before it is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


class Act(StrEnum):
    """``hold``: the network keeps the comment back until somebody publishes it."""

    HIDE = "hide"
    UNHIDE = "unhide"
    HOLD = "hold"
    DELETE = "delete"
    BAN = "ban"


class Audience(StrEnum):
    """Who still sees the comment afterwards."""

    AUTHOR = "author"
    FRIENDS = "friends"  # of the author
    ON_REQUEST = "on_request"  # whoever opens the part that is folded away
    ELSEWHERE = "elsewhere"  # on the author's own page, or through a link to the comment


@dataclass(frozen=True, slots=True)
class ActEffect:
    """``undone_by``: the act that takes it back; None: it is final. ``words``: for the moderator,
    before the act. An act that is not offered says in ``words`` why, or what there is instead."""

    is_offered: bool
    words: StrOrPromise
    undone_by: Act | None = None
    seen_by: frozenset[Audience] = frozenset()

    @property
    def is_reversible(self) -> bool:
        return self.undone_by is not None


type Acts = Mapping[Act, ActEffect]


def _offered(words: StrOrPromise, undone_by: Act | None, *seen_by: Audience) -> ActEffect:
    return ActEffect(is_offered=True, words=words, undone_by=undone_by, seen_by=frozenset(seen_by))


def _none(words: StrOrPromise) -> ActEffect:
    return ActEffect(is_offered=False, words=words)


_NO_COMMENTS = _none(_("There are no public comments on this network."))
_NO_HOLD = _none(_("The network holds nothing back; hide it instead."))
_SHOWN = _("Everybody sees the comment again, with its answers.")

WHATSAPP: Acts = dict.fromkeys(Act, _NO_COMMENTS)

# Source: Graph API, Page comments, is_hidden, v25.0; Page "blocked" edge.
FACEBOOK: Acts = {
    Act.HIDE: _offered(
        _("Its author and the author's friends still see the comment; nobody is told."),
        Act.UNHIDE,
        Audience.AUTHOR,
        Audience.FRIENDS,
    ),
    Act.UNHIDE: _offered(_SHOWN, Act.HIDE),
    Act.HOLD: _NO_HOLD,
    Act.DELETE: _offered(
        _("The comment and all answers to it are gone for good. Nobody can bring them back."), None
    ),
    Act.BAN: _none(_("People are blocked in the settings of the page, not from here.")),
}

# Source: Instagram Platform, comment moderation, v25.0.
INSTAGRAM: Acts = {
    Act.HIDE: _offered(
        _("Only its author still sees the comment. While it is hidden it cannot be answered."),
        Act.UNHIDE,
        Audience.AUTHOR,
    ),
    Act.UNHIDE: _offered(_SHOWN, Act.HIDE),
    Act.HOLD: _NO_HOLD,
    Act.DELETE: _offered(
        _("The comment and all answers to it are gone for good. Nobody can bring them back."), None
    ),
    Act.BAN: _none(_("Instagram lets nobody be blocked from outside its own app.")),
}

# Source: YouTube Data API v3, comments.setModerationStatus (rev 20261104).
YOUTUBE: Acts = {
    Act.HIDE: _offered(
        _(
            "The comment is held for review: only its author and the channel see it. It can be"
            " published again at any time."
        ),
        Act.UNHIDE,
        Audience.AUTHOR,
    ),
    Act.UNHIDE: _offered(_("The comment is published; everybody sees it again."), Act.HIDE),
    Act.HOLD: _offered(
        _("The same as hiding: held for review until somebody publishes it."),
        Act.UNHIDE,
        Audience.AUTHOR,
    ),
    Act.DELETE: _offered(
        _("The comment is rejected. YouTube never publishes a rejected comment again."), None
    ),
    Act.BAN: _none(
        _(
            "YouTube bans an author only together with rejecting a comment for good, and"
            " nothing from outside takes it back. It is done in YouTube Studio."
        )
    ),
}

# Source: app.bsky.feed.threadgate and app.bsky.graph.block lexicons, 2026-08.
BLUESKY: Acts = {
    Act.HIDE: _offered(
        _(
            "The reply is folded away under the post, for everybody who reads the thread. Its"
            " author sees it in place, everybody sees it on the author's own page and by a link."
        ),
        Act.UNHIDE,
        Audience.AUTHOR,
        Audience.ON_REQUEST,
        Audience.ELSEWHERE,
    ),
    Act.UNHIDE: _offered(_("The reply stands under the post again, for everybody."), Act.HIDE),
    Act.HOLD: _NO_HOLD,
    Act.DELETE: _none(
        _("Only its author and the author's provider can remove a reply. Hide or report it.")
    ),
    Act.BAN: _none(_("People are blocked in the app itself, not from here.")),
}

BLUESKY_NOT_OURS = _none(
    _("This reply stands under a post of somebody else. Only that post's author can hide it.")
)
