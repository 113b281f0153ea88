"""The sections of a document, each through the verbs of the app that owns it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from compliance.domain.rules import disclosures_of, set_disclosure, set_retention
from compliance.models import RetentionRule
from engage.onboarding.changes import Diff
from engage.onboarding.document import ChannelWish, Document, MemberWish
from engage.onboarding.presets import SectorPreset, preset
from engage.onboarding.settings_part import Settings
from inbox.domain.automation import levels_of, set_automation
from inbox.domain.connecting import change_account, connect_network, connect_sandbox
from inbox.domain.targets import set_targets
from inbox.domain.templates import Wording, save_templates
from inbox.models import AnswerTemplate, ChannelAccount, SlaTarget
from moderation.choices import Category
from moderation.domain.policies import PRESET, Preset, install_preset, preset_of, set_rules
from moderation.models import PolicyRule
from tenants.domain.agencies import role_of
from tenants.domain.invitations import invite
from tenants.models import Brand, Invitation, Membership
from tenants.permissions import Actor

if TYPE_CHECKING:
    from engage.onboarding.applying import Problems


@dataclass(slots=True)
class Section:
    """What every section needs. In the scope of the one brand."""

    brand: Brand
    document: Document
    actor: Actor
    problems: "Problems"
    diff: Diff


def settings_of(brand: Brand) -> Settings:
    """How a brand is set up, so that another one can be set up alike. In the brand's scope."""
    return Settings(
        policies={
            Category(rule.category): asdict(preset_of(rule))
            for rule in PolicyRule.objects.filter(brand=brand, retired_at=None)
        },
        service_minutes=dict(SlaTarget.objects.filter(brand=brand).values_list("kind", "minutes")),
        automation=levels_of(brand.pk),
        retention_months=dict(
            RetentionRule.objects.filter(brand=brand).values_list("category", "months")
        ),
        disclosure=disclosures_of(brand.pk),
        templates=tuple(
            Wording(
                row.shortcut,
                row.language,
                row.name,
                row.text,
                row.conversation_kind,
                row.intent,
                sends_itself=row.sends_itself,
                min_confidence_pct=row.min_confidence_pct,
            )
            for row in AnswerTemplate.objects.filter(brand=brand, is_active=True).order_by("id")
        ),
    )


def apply_settings(section: Section, *, copied: Settings | None) -> None:
    """First what the document says, then what it copies, then what the preset proposes: the latter
    two only where the brand has decided nothing."""
    chosen = preset(section.document.preset) if section.document.preset else None
    _policies(section, copied, chosen)
    _put(section, section.document.settings, keep_existing=False)
    if copied is not None:
        _put(section, copied, keep_existing=True)
    if chosen is not None:
        _put(section, chosen.settings, keep_existing=True)


def _policies(section: Section, copied: Settings | None, chosen: SectorPreset | None) -> None:
    brand, wanted = section.brand, section.document.settings.policies
    base: dict[Category, Preset] = {**PRESET, **(chosen.policies if chosen else {})}
    base |= copied.rules() if copied else {}
    own = {
        Category(rule.category): preset_of(rule)
        for rule in PolicyRule.objects.filter(brand=brand, retired_at=None)
    }
    with section.problems.at("policies"):
        rules = section.document.settings.rules({**base, **own})
        changed = set_rules(brand, rules, actor=section.actor)
        section.diff.section("policies", changed, {name.value: rules[name] for name in wanted})
    if chosen is None and copied is None:
        return
    with section.problems.at("preset"):
        for rule in install_preset(brand, actor=section.actor, preset=base):
            section.diff.note(f"policies.{rule.category}", None, rule.text(brand.language))


def _put(section: Section, settings: Settings, *, keep_existing: bool) -> None:
    parts: tuple[tuple[str, Callable[..., Mapping[str, Any]], Mapping[str, Any]], ...] = (
        ("service_minutes", set_targets, settings.service_minutes),
        ("automation", set_automation, settings.automation),
        ("retention_months", set_retention, settings.retention_months),
        ("disclosure", set_disclosure, settings.disclosure),
    )
    for name, verb, wanted in parts:
        if wanted:
            with section.problems.at(name):
                changed = verb(
                    section.brand, wanted, actor=section.actor, keep_existing=keep_existing
                )
                _note(section, name, changed, wanted, keep_existing=keep_existing)
    if settings.templates:
        with section.problems.at("templates", fields=False):
            wordings = list(settings.templates)
            written = save_templates(
                section.brand, wordings, actor=section.actor, keep_existing=keep_existing
            )
            texts = {wording.key: wording.text for wording in wordings}
            _note(section, "templates", written, texts, keep_existing=keep_existing)


def _note(
    section: Section,
    name: str,
    changed: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    keep_existing: bool,
) -> None:
    """A proposal that was not needed is not worth a line."""
    if keep_existing:
        wanted = {key: value for key, value in wanted.items() if key in changed}
    section.diff.section(name, changed, wanted)


def apply_channels(section: Section) -> None:
    for number, wish in enumerate(section.document.channels):
        with section.problems.at("channels", number, fields=False):
            _connect(section, wish, f"channels[{number + 1}]")


def _connect(section: Section, wish: ChannelWish, place: str) -> None:
    known = ChannelAccount.objects.filter(brand=section.brand, channel=wish.network)
    if wish.account_id:
        known = known.filter(external_id=wish.account_id)
    else:
        known = known.filter(is_sandbox=True)
    account = known.select_related("app", "brand").order_by("id").first()
    if account is not None:
        changed = change_account(
            account, name=wish.name, access_token=wish.access_token, actor=section.actor
        )
        for name, (before, after) in changed.items():
            section.diff.note(f"{place}.{name}", before, after)
        if not changed:
            section.diff.note(place, str(account), str(account))
        return
    if wish.is_sandbox:
        account = connect_sandbox(
            section.brand,
            channel=wish.network,
            name=wish.name,
            external_id=wish.account_id,
            actor=section.actor,
        )
    else:
        account = connect_network(
            section.brand,
            channel=wish.network,
            external_id=wish.account_id,
            name=wish.name,
            access_token=wish.access_token,
            app_secret=wish.app_secret,
            verify_token=wish.verify_token,
            client_id=wish.client_id,
            actor=section.actor,
        )
    known_as = "" if account.is_sandbox else f" ({account.external_id})"
    section.diff.note(place, None, f"{account}{known_as}")


def apply_team(section: Section) -> None:
    for number, wish in enumerate(section.document.team):
        with section.problems.at("team", number):
            _invite(section, wish, f"team[{number + 1}]")


def _invite(section: Section, wish: MemberWish, place: str) -> None:
    brand, agency = section.brand, section.brand.agency
    role = role_of(agency, wish.role)
    here = Membership.objects.filter(agency=agency, user__email=wish.email, role=role)
    is_member = here.filter(brand=brand).exists() or here.filter(brand=None).exists()
    is_invited = Invitation.objects.filter(
        agency=agency,
        brand=brand,
        email=wish.email,
        role=role,
        accepted_at=None,
        revoked_at=None,
        expires_at__gt=timezone.now(),
    ).exists()
    line = f"{wish.email} ({role.title})"
    if is_member or is_invited:
        section.diff.note(place, line, line)
        return
    invite(
        agency=agency,
        brand=brand,
        role=role,
        email=wish.email,
        actor=section.actor,
        language=wish.language,
    )
    section.diff.note(place, None, line)
