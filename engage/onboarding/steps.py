"""What each step of the wizard shows, and what its buttons do. In the scope of the one brand."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compliance.choices import RetentionCategory
from compliance.domain.retention.categories import PERIODS
from compliance.models import DisclosureText, RetentionRule
from engage.onboarding import forms, middle_steps
from engage.onboarding.checks import checks_of
from engage.onboarding.opening import confirm_trial, go_live
from engage.onboarding.page import Done, Errors, Page, apply_part
from engage.onboarding.presets import preset, preset_names
from engage.onboarding.progress import progress_of
from engage.onboarding.trial import run_of, start_trial
from inbox.admin.intents import intent_label
from inbox.choices import AutomationLevel, ClockKind
from inbox.domain.automation import levels_of
from inbox.models import ChannelAccount, SlaTarget
from moderation.models import PolicyRule
from tenants.choices import BrandState, OnboardingStep
from tenants.domain.onboarding import marks_of
from tenants.domain.profile import time_zones
from tenants.exceptions import InvalidInput
from tenants.models import Brand, User

STEP = OnboardingStep

# Profile


def _show_profile(brand: Brand, request: HttpRequest, errors: Errors) -> dict[str, Any]:
    values = request.POST.dict() if errors else forms.values_of(brand)
    return {
        "fields": forms.profile_fields(values, errors, is_new=False),
        "hours": forms.hours_fields(values, errors),
        "time_zones": time_zones(),
    }


def _act_profile(brand: Brand, post: QueryDict, actor: User) -> Done:
    apply_part(brand, actor, brand=forms.profile_document(post, slug=brand.slug))
    return Done(STEP.PRESET, _("Profile saved."))


# Preset


def _show_preset(brand: Brand, request: HttpRequest, errors: Errors) -> dict[str, Any]:
    language = get_language() or "en"
    chosen = request.POST.get("preset") or brand.sector or preset_names()[0]
    offers = []
    for key in preset_names():
        one = preset(key)
        offers.append(
            {
                "key": key,
                "title": one.says(one.title, language),
                "summary": one.says(one.summary, language),
                "notes": one.says(one.notes, language),
                "is_chosen": key == chosen,
                "answers": [
                    intent_label(intent)
                    for intent, level in one.settings.automation.items()
                    if level == AutomationLevel.SEND
                ],
                "drafts": [
                    intent_label(intent)
                    for intent, level in one.settings.automation.items()
                    if level == AutomationLevel.DRAFT
                ],
                "targets": _targets(one.settings.service_minutes),
                "periods": _periods(one.settings.retention_months),
                "hides": [
                    category.label for category, rule in one.policies.items() if rule.auto_hide
                ],
                "rule_count": len(one.policies),
                "template_count": len(one.settings.templates),
                "disclosure": one.settings.disclosure.get(brand.language, ""),
            }
        )
    mark_of_preset = marks_of(brand.pk).get(STEP.PRESET)
    return {
        "offers": offers,
        "installed": (mark_of_preset.detail.get("key") or "") if mark_of_preset else "",
        "own": _own_settings(brand),
    }


def _own_settings(brand: Brand) -> dict[str, Any]:
    levels = levels_of(brand.pk)
    return {
        "rules": PolicyRule.objects.filter(brand=brand, retired_at=None).count(),
        "targets": _targets(
            dict(SlaTarget.objects.filter(brand=brand).values_list("kind", "minutes"))
        ),
        "periods": _periods(
            dict(RetentionRule.objects.filter(brand=brand).values_list("category", "months"))
        ),
        "disclosures": list(DisclosureText.objects.filter(brand=brand).order_by("language")),
        "answers": [intent_label(i) for i, level in levels.items() if level == "send"],
    }


def _targets(minutes: Mapping[str, int]) -> list[tuple[Any, int]]:
    return [(kind.label, minutes[kind]) for kind in ClockKind if kind in minutes]


def _periods(months: Mapping[str, int]) -> list[tuple[Any, int, Any]]:
    return [
        (category.label, months[category], PERIODS[category].starts)
        for category in RetentionCategory
        if category in months
    ]


def _act_preset(brand: Brand, post: QueryDict, actor: User) -> Done:
    apply_part(brand, actor, preset=post.get("preset", ""))
    return Done(STEP.CHANNELS, _("The preset is installed."))


# Sandbox test


def _show_trial(brand: Brand, _request: HttpRequest, _errors: Errors) -> dict[str, Any]:
    run = run_of(marks_of(brand.pk).get(STEP.TRIAL))
    checks = checks_of(brand, run) if run else []
    return {
        "run": run,
        "checks": checks,
        "has_passed": bool(checks) and all(check.state == "ok" for check in checks),
        "is_waiting": any(check.state == "waiting" for check in checks),
    }


def _act_trial(brand: Brand, post: QueryDict, actor: User) -> Done:
    if post.get("act") == "start":
        start_trial(brand, actor=actor)
        return Done(STEP.TRIAL)
    confirm_trial(brand, actor=actor)
    return Done(STEP.LIVE, _("The sandbox test has passed."))


def _state_of_trial(brand: Brand) -> dict[str, Any]:
    run = run_of(marks_of(brand.pk).get(STEP.TRIAL))
    checks = checks_of(brand, run) if run else []
    return {
        "checks": [check.to_json() for check in checks],
        "is_waiting": any(check.state == "waiting" for check in checks),
    }


# Going live


def _show_live(brand: Brand, _request: HttpRequest, _errors: Errors) -> dict[str, Any]:
    real = ChannelAccount.objects.filter(brand=brand, is_sandbox=False).count()
    return {
        "blockers": progress_of(brand).blockers,
        "real_accounts": real,
        "is_live": brand.state != BrandState.ONBOARDING,
    }


def _act_live(brand: Brand, post: QueryDict, actor: User) -> Done:
    if post.get("confirmed") != "yes":
        raise InvalidInput("", _("Tick the box to confirm that the brand goes live."))
    go_live(brand, actor=actor)
    return Done(STEP.LIVE, _("%s is live.") % brand)


PAGES: dict[str, Page] = {
    STEP.PROFILE: Page(_show_profile, _act_profile),
    STEP.PRESET: Page(_show_preset, _act_preset),
    STEP.CHANNELS: middle_steps.CHANNELS,
    STEP.TEAM: middle_steps.TEAM,
    STEP.TEMPLATES: middle_steps.TEMPLATES,
    STEP.TRIAL: Page(_show_trial, _act_trial, _state_of_trial),
    STEP.LIVE: Page(_show_live, _act_live),
}
