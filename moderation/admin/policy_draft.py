"""The page of one category: write the next version, see the difference, try it, put it in force."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.choices import Category, DraftState, RuleAction, Severity
from moderation.domain import policy_drafts
from moderation.domain.policies import SAME_NAMES, Preset, preset_of
from moderation.domain.policy_checks import check_content
from moderation.domain.policy_diff import differences
from moderation.domain.policy_drafts import CAPABILITY
from moderation.domain.policy_trial import LAST, Fate, Trial, try_rule
from moderation.models import PolicyDraft, PolicyRule
from moderation.models.licence import ELIGIBLE
from moderation.registries import rule_presets
from tenants.domain.reads import tell_reads
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Brand, User
from tenants.permissions import can
from tenants.registries import Seen

if TYPE_CHECKING:
    from moderation.admin.brand_pages import BrandPage

READING = "moderation.case.view"
MOST_VERSIONS = 30
_FATES = {
    Fate.HIDDEN: gettext_lazy("hidden by itself"),
    Fate.PASSED: gettext_lazy("passes"),
    Fate.PEOPLE: gettext_lazy("goes to people"),
    Fate.FIRST: gettext_lazy("goes to people first"),
}
_LEVELS = (
    ("fine", gettext_lazy("What is fine"), ""),
    ("breaks", gettext_lazy("What breaks the rule"), "action_breaks"),
    ("grave", gettext_lazy("What is grave"), "action_grave"),
)


def answer(
    page: "BrandPage", request: HttpRequest, brand: Brand, category: Category
) -> HttpResponse:
    """GET: the draft, else what is in effect or the preset chosen. POST: what the button asks."""
    rule = PolicyRule.objects.filter(brand=brand, category=category, retired_at=None).first()
    draft = policy_drafts.open_draft(brand.pk, category)
    may_manage = can(request.user, CAPABILITY, brand)
    content = _beginning(request, category, rule, draft)
    reason = draft.reason if draft else ""
    more: dict[str, Any] = {}
    if request.method == "POST":
        if not may_manage:
            raise PermissionDenied
        reason = request.POST.get("reason", "").replace("\x00", "")
        try:
            content = _written(request)
            if request.POST.get("do") == "try":
                more["trial"] = _tried(request, brand, category, content, draft or rule)
            elif request.POST.get("do") != "compare":
                _save(request, brand, category, content, reason, draft)
                messages.success(request, _("Kept as a draft. It has no effect yet."))
                return HttpResponseRedirect(_address(category))
        except InvalidInput as error:
            more |= {"wrong": error.field, "why": str(error)}
            messages.error(request, str(error))
        except DomainError as error:
            messages.error(request, str(error))
    return page.page(
        request,
        "policy_draft",
        title=category.label,
        category=category,
        rule=rule,
        draft=draft,
        given=content,
        levels=_levels(content),
        reason=reason,
        differences=differences(preset_of(rule) if rule else None, content),
        is_stale=draft is not None and draft.based_on_id != (rule.pk if rule else None),
        is_scheduled=draft is not None and draft.state == DraftState.SCHEDULED,
        seen=draft.changed_at.isoformat() if draft else "",
        severities=Severity.choices,
        actions=RuleAction.choices,
        may_hide=category in ELIGIBLE,
        presets=[(key, one.title) for key, one in rule_presets.items()],
        chosen=request.GET.get("from", ""),
        lasts=LAST,
        may_manage=may_manage,
        may_read=can(request.user, READING, brand),
        first_day=timezone.localtime(),
        versions=PolicyRule.objects.filter(brand=brand, category=category)
        .select_related("made_by")
        .order_by("-version")[:MOST_VERSIONS],
        **more,
    )


def _address(category: Category) -> str:
    return reverse("admin:moderation_policyrule_draft", args=[category.value])


def _beginning(
    request: HttpRequest, category: Category, rule: PolicyRule | None, draft: PolicyDraft | None
) -> Preset:
    """What the form shows first."""
    chosen = request.GET.get("from", "")
    if chosen in rule_presets:
        return rule_presets[chosen].rules()[category]
    return preset_of(draft) if draft else policy_drafts.beginning_of(category, rule)


def _written(request: HttpRequest) -> Preset:
    """The form as it was sent; minutes that are no number become 0, which the checks refuse.

    Raises: InvalidInput for a severity that was never offered.
    """

    def text(name: str) -> str:
        return request.POST.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip()

    def number(name: str) -> int:
        found = text(name)
        return int(found) if found.isascii() and found.isdigit() and len(found) < 7 else 0

    severity = number("severity")
    if severity not in Severity.values:
        raise InvalidInput("severity", _("Choose one of the values offered."))
    texts: dict[str, Any] = {name: text(name) for name in SAME_NAMES if name != "auto_hide"}
    return Preset(
        Severity(severity),
        number("minutes"),
        auto_hide=request.POST.get("auto_hide") == "yes",
        **texts,
    )


def _save(
    request: HttpRequest,
    brand: Brand,
    category: Category,
    content: Preset,
    reason: str,
    draft: PolicyDraft | None,
) -> None:
    actor = cast(User, request.user)
    with transaction.atomic():
        if draft is None:
            policy_drafts.draft_rule(brand, category, content, reason=reason, actor=actor)
            return
        policy_drafts.change_draft(
            draft, content, reason=reason, actor=actor, seen=seen_of(request)
        )


def _tried(
    request: HttpRequest,
    brand: Brand,
    category: Category,
    content: Preset,
    about: PolicyDraft | PolicyRule | None,
) -> dict[str, Any]:
    """The dry run as the page shows it. Reading what people wrote is told to the ledger first."""
    if not can(request.user, READING, brand):
        raise InvalidInput("do", _("Your role may not read comments, so it cannot look back."))
    check_content(category, content)
    wanted = request.POST.get("last", "")
    last = int(wanted) if wanted in {str(n) for n in LAST} else LAST[0]
    trial = try_rule(brand, category, content, last=last, actor=request.user)
    shown = len(trial.more) + len(trial.less)
    seen = [
        Seen(
            "moderation.policy_draft.tried",
            about or brand,
            {"category": category.value, "read": trial.read, "shown": shown},
        )
    ]
    if shown:
        seen.append(
            Seen("inbox.message.listed", Brand(pk=brand.pk), {"count": shown}, page="policy_trial")
        )
    tell_reads(seen, actor=request.user)
    return _figures(trial)


def _figures(trial: Trial) -> dict[str, Any]:
    names = (
        ("people", _("go to people")),
        ("first", _("of them first")),
        ("hidden", _("hidden by itself")),
    )
    return {
        "of": trial,
        "totals": [
            (label, was, now, now - was)
            for name, label in names
            for was, now in [(getattr(trial.before, name), getattr(trial.after, name))]
        ],
        "categories": sorted(trial.by_category.items()),
        "samples": [
            (title, count, [(one, _FATES[one.before], _FATES[one.after]) for one in found])
            for title, count, found in (
                (_("More attention of people"), trial.gained, trial.more),
                (_("Less attention of people"), trial.lost, trial.less),
            )
        ],
    }


def seen_of(request: HttpRequest) -> datetime | None:
    """When the draft that the person saw was last changed."""
    try:
        return parse_datetime(request.POST.get("seen", ""))
    except ValueError:
        return None


def _levels(content: Preset) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": title,
            "texts": [
                (f"{name}_{language}", words, getattr(content, f"{name}_{language}"))
                for language, words in (("de", _("German")), ("en", _("English")))
            ],
            "field": action,
            "action": getattr(content, action) if action else "",
        }
        for name, title, action in _LEVELS
    ]
