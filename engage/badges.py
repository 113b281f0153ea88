"""How much waits for this person: the numbers in the side bar. One query for all of them."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone

from compliance.choices import VendorState
from compliance.models import DataRequest, Incident, LedgerAlarm, Vendor, VendorRoute
from inbox.choices import ConversationState, OutboxState
from inbox.models import ChannelAccount, Conversation, OutboxItem
from moderation.choices import OPEN_APPEALS, CaseState
from moderation.models import Appeal, Case, Decision, QualityAlarm
from reporting.domain.figures import seen_by
from tenants.domain.directory import Workspace
from tenants.models import User

MOST = 99
"""More than that is drawn as ``99+``: counting on would cost and tell nothing."""

INBOX, CASES, HELD, APPEALS = "inbox", "cases", "held", "appeals"
REQUESTS = "data requests"
INCIDENTS, VENDORS, BLOCKED_ROUTES = "incidents", "vendors", "blocked routes"
STOPPED_ACCOUNTS = "stopped accounts"
QUALITY_ALARMS = "quality alarms"
LEDGER_ALARMS, ENDING_SECRETS = "ledger alarms", "ending secrets"
SECRETS_END_IN = timedelta(days=14)


def badges_of(request: HttpRequest) -> dict[str, int]:
    """By badge, at most ``MOST + 1`` each; what the person cannot act on is not counted."""
    cached: dict[str, int] | None = getattr(request, "_badges", None)
    if cached is None:
        workspace = getattr(request, "workspace", None)
        cached = _count(request.user, workspace) if isinstance(request.user, User) else {}
        request._badges = cached  # type: ignore[attr-defined]  # request-long cache
    return cached


def _count(user: User, workspace: Workspace | None) -> dict[str, int]:
    waiting = _waiting(user)
    if waiting and workspace is not None:
        waiting[BLOCKED_ROUTES] = _blocked_routes(workspace)
    parts = [
        queryset.order_by().annotate(badge=Value(key)).values_list("badge", flat=True)[: MOST + 1]
        for key, queryset in waiting.items()
    ]
    found: dict[str, int] = {}
    if parts:
        for key in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
            found[key] = found.get(key, 0) + 1
    return found


def _waiting(user: User) -> dict[str, QuerySet[Any]]:
    mine = {
        INBOX: (
            "inbox.conversation.work",
            Conversation.objects.filter(
                Q(assignee=user) | Q(assignee=None), state=ConversationState.OPEN
            ),
        ),
        CASES: ("moderation.case.decide", Case.objects.filter(state=CaseState.OPEN)),
        HELD: ("inbox.reply.approve", OutboxItem.objects.filter(state=OutboxState.HELD)),
        APPEALS: ("moderation.appeal.decide", _appeals(user)),
        QUALITY_ALARMS: (
            "moderation.quality.view",
            QualityAlarm.objects.filter(closed_at=None),
        ),
        REQUESTS: ("compliance.request.handle", DataRequest.objects.filter(ended_at=None)),
        STOPPED_ACCOUNTS: (
            "inbox.channel.view",
            ChannelAccount.objects.filter(sending_stopped_at__isnull=False),
        ),
        INCIDENTS: ("compliance.incident.manage", Incident.objects.filter(closed_at=None)),
        VENDORS: (
            "compliance.vendor.manage",
            Vendor.objects.filter(state__in=(VendorState.REVIEW_DUE, VendorState.EXPIRED)),
        ),
        LEDGER_ALARMS: ("compliance.audit.view", LedgerAlarm.objects.filter(closed_at=None)),
        ENDING_SECRETS: (
            "compliance.secret.view",
            ChannelAccount.objects.filter(secret_expires_at__lt=timezone.now() + SECRETS_END_IN),
        ),
    }
    waiting = {}
    for key, (capability, queryset) in mine.items():
        seen = seen_by(queryset, user, capability)
        if seen is not None:
            waiting[key] = seen
    return waiting


def _blocked_routes(workspace: Workspace) -> QuerySet[VendorRoute]:
    """Channels and services that need an approved vendor and have none today."""
    gone = Q(approved_until=None) | Q(approved_until__lt=timezone.now().date())
    return VendorRoute.objects.filter(gone, agency=workspace.agency, is_enforced=True)


def _appeals(user: User) -> QuerySet[Appeal]:
    """Those the person may answer: who took part in the decision may not."""
    own = Decision.objects.filter(message=OuterRef("decision__message"), decided_by=user)
    return Appeal.objects.filter(~Exists(own), state__in=OPEN_APPEALS)
