"""The middle steps of the wizard: channels, team, templates. In the scope of the one brand."""

from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from engage.onboarding.page import Done, Errors, Page, apply_part
from engage.onboarding.words import abilities, limits
from inbox.admin.intents import intent_label
from inbox.choices import Network
from inbox.domain.connecting import NEEDED, SANDBOX_NETWORKS, check_account
from inbox.models import AnswerTemplate, ChannelAccount
from tenants.choices import Language, OnboardingStep
from tenants.domain.members import roles_to_give
from tenants.domain.onboarding import mark
from tenants.exceptions import InvalidInput, NotFound
from tenants.models import Brand, Invitation, Membership, User

STEP = OnboardingStep

# Channels


def _show_channels(brand: Brand, request: HttpRequest, errors: Errors) -> dict[str, Any]:
    accounts = ChannelAccount.objects.filter(brand=brand).order_by("channel", "id")
    return {
        "accounts": [
            {
                "row": account,
                "abilities": abilities(account.channel),
                "limits": limits(account.channel),
            }
            for account in accounts
        ],
        "networks": Network.choices,
        "values": request.POST.dict() if errors else {},
    }


def _act_channels(brand: Brand, post: QueryDict, actor: User) -> Done:
    act = post.get("act", "")
    if act == "sandbox":
        wanted = [{"network": network, "sandbox": True} for network in SANDBOX_NETWORKS]
        apply_part(brand, actor, channels=wanted)
        return Done(STEP.CHANNELS, _("Both sandbox accounts are connected."))
    if act == "connect":
        network = post.get("network", "")
        keys = ("network", "name", *NEEDED.get(network, ()))
        given = {key: post.get(key, "").strip() or None for key in keys}
        apply_part(brand, actor, channels=[given])
        return Done(STEP.CHANNELS, _("The account is connected. Check it now."))
    if act == "check":
        account = _account(brand, post.get("account", ""))
        health = check_account(account, actor=actor)
        if not health.is_well:
            words = _("The network refuses “%(name)s”: %(problem)s")
            raise InvalidInput("", words % {"name": account.name, "problem": health.problem})
        return Done(STEP.CHANNELS, _("The network knows the account as “%s”.") % health.name)
    return Done(STEP.TEAM)


def _account(brand: Brand, pk: str) -> ChannelAccount:
    rows = ChannelAccount.objects.select_related("app", "brand").filter(brand=brand)
    found = next((row for row in rows if str(row.pk) == pk), None)
    if found is None:
        raise NotFound
    return found


# Team


def _show_team(brand: Brand, request: HttpRequest, errors: Errors) -> dict[str, Any]:
    actor: Any = request.user
    return {
        "members": list(
            Membership.objects.filter(brand=brand).select_related("user", "role").order_by("id")
        ),
        "agency_wide": list(
            Membership.objects.filter(agency=brand.agency, brand=None)
            .select_related("user", "role")
            .order_by("id")[:50]
        ),
        "invitations": list(
            Invitation.objects.filter(brand=brand, accepted_at=None, revoked_at=None)
            .select_related("role")
            .order_by("id")
        ),
        "roles": roles_to_give(actor, agency=brand.agency, brand=brand),
        "languages": Language.choices,
        "values": request.POST.dict() if errors else {},
    }


def _act_team(brand: Brand, post: QueryDict, actor: User) -> Done:
    if post.get("act") == "invite":
        email = post.get("email", "").strip()
        member = {"email": email, "role": post.get("role", "")}
        apply_part(brand, actor, team=[member | {"language": post.get("language") or None}])
        return Done(STEP.TEAM, _("The invitation to %s is on its way.") % email)
    mark(brand, STEP.TEAM, actor=actor)
    return Done(STEP.TEMPLATES)


# Templates


def _show_templates(brand: Brand, request: HttpRequest, errors: Errors) -> dict[str, Any]:
    rows = list(AnswerTemplate.objects.filter(brand=brand, is_active=True).order_by("id"))
    groups: dict[str, list[dict[str, Any]]] = {language: [] for language in Language.values}
    for number, row in enumerate(rows):
        groups[row.language].append(
            {
                "row": row,
                "text": request.POST.get(f"text_{row.pk}", row.text),
                "intent": intent_label(row.intent) if row.intent else "",
                "error": errors.get(f"template_{number}", ""),
            }
        )
    own_first = sorted(groups, key=lambda language: language != brand.language)
    return {"groups": [(Language(key).label, groups[key]) for key in own_first if groups[key]]}


def _act_templates(brand: Brand, post: QueryDict, actor: User) -> Done:
    rows = list(AnswerTemplate.objects.filter(brand=brand, is_active=True).order_by("id"))
    wanted = [
        {
            "shortcut": row.shortcut,
            "language": row.language,
            "name": row.name,
            "where": row.conversation_kind,
            "intent": row.intent or None,
            "text": post.get(f"text_{row.pk}", row.text),
            "sends_itself": row.sends_itself,
            "confidence_pct": row.min_confidence_pct,
        }
        for row in rows
    ]
    apply_part(brand, actor, templates=wanted)
    mark(brand, STEP.TEMPLATES, actor=actor)
    return Done(STEP.TRIAL, _("The answer templates are confirmed."))


CHANNELS = Page(_show_channels, _act_channels)
TEAM = Page(_show_team, _act_team)
TEMPLATES = Page(_show_templates, _act_templates)
