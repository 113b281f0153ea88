"""The list of the desk: tabs, filters, search and keyset pages. Three queries."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from inbox.choices import ConversationKind, ConversationState, Network
from inbox.models import ContactHandle, Conversation, Message
from tenants.admin.pages import Page, page_of
from tenants.domain.reach import within
from tenants.models import User

TABS: dict[str, StrOrPromise] = {
    "mine": _("Mine"),
    "unassigned": _("Unassigned"),
    "open": _("Open"),
    "closed": _("Closed"),
}
DUE: dict[str, StrOrPromise] = {"late": _("Overdue"), "soon": _("Due in 30 minutes")}
SOON = timedelta(minutes=30)
ORDER = ("-last_message_at", "-id")
ROWS = 40


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """What the address asks for. Values nobody offers count as not given."""

    tab: str = "open"
    channel: str = ""
    kind: str = ""
    due: str = ""
    term: str = ""
    cursor: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "DeskFilter":
        def one_of(name: str, allowed: Any, default: str = "") -> str:
            value = query.get(name, "")
            return value if value in allowed else default

        return cls(
            tab=one_of("tab", TABS, "open"),
            channel=one_of("channel", Network.values),
            kind=one_of("kind", ConversationKind.values),
            due=one_of("due", DUE),
            term=query.get("q", "").replace("\x00", "").strip()[:100],
            cursor=query.get("after", ""),
        )

    def query(self, **changes: str) -> str:
        """The address's query with ``changes``, without what is empty."""
        values = {
            "tab": self.tab,
            "channel": self.channel,
            "kind": self.kind,
            "due": self.due,
            "q": self.term,
        } | changes
        return urlencode({name: value for name, value in values.items() if value})


def found_by(term: str) -> Q:
    """Conversations whose texts, contact or handles contain the words, in any case."""
    texts = Message.objects.filter(conversation=OuterRef("pk"), text__icontains=term)
    handles = ContactHandle.objects.filter(contact=OuterRef("contact")).filter(
        Q(handle__icontains=term) | Q(phone__icontains=term)
    )
    return (
        Q(preview__icontains=term)
        | Q(contact__name__icontains=term)
        | Exists(handles)
        | Exists(texts)
    )


def _in_tab(queryset: QuerySet[Any], tab: str, user: User) -> QuerySet[Any]:
    if tab == "closed":
        return queryset.filter(state=ConversationState.CLOSED)
    queryset = queryset.filter(state=ConversationState.OPEN)
    if tab == "mine":
        return queryset.filter(assignee=user)
    return queryset.filter(assignee=None) if tab == "unassigned" else queryset


def _visible(user: User) -> QuerySet[Conversation]:
    return within(Conversation.objects.all(), user, "inbox.conversation.view", via="account_id")


def rows_of(wanted: DeskFilter, *, user: User) -> Page[Conversation]:
    """One page, newest message first. One query."""
    queryset = _in_tab(
        _visible(user).select_related("contact", "account", "assignee", "brand"),
        wanted.tab,
        user,
    )
    if wanted.channel:
        queryset = queryset.filter(account__channel=wanted.channel)
    if wanted.kind:
        queryset = queryset.filter(kind=wanted.kind)
    now = timezone.now()
    if wanted.due == "late":
        queryset = queryset.filter(due_at__lt=now)
    elif wanted.due == "soon":
        queryset = queryset.filter(due_at__gte=now, due_at__lt=now + SOON)
    if wanted.term:
        queryset = queryset.filter(found_by(wanted.term))
    return page_of(queryset, order=ORDER, cursor=wanted.cursor, size=ROWS)


def tabs_of(wanted: DeskFilter, *, user: User) -> list[dict[str, Any]]:
    """The four tabs with counts of what is open; closed ones are not counted. One query."""
    is_open = Q(state=ConversationState.OPEN)
    counts = (
        _visible(user)
        .filter(is_open)
        .aggregate(
            mine=Count("pk", filter=Q(assignee=user)),
            unassigned=Count("pk", filter=Q(assignee=None)),
            open=Count("pk"),
        )
    )
    return [
        {
            "key": key,
            "title": title,
            "count": counts.get(key),
            "query": wanted.query(tab=key),
            "is_current": key == wanted.tab,
        }
        for key, title in TABS.items()
    ]
