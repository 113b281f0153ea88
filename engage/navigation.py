"""What stands in the side bar: groups by role, places to work, counts of open work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from engage import badges
from tenants.domain.directory import Workspace
from tenants.permissions import can

JOB_CAPABILITIES = ("compliance.audit.export", "tenants.brand.manage", "tenants.brand.close")
"""Who may see the jobs centre. What stands in it, each source decides by its own capability."""


@dataclass(frozen=True, slots=True)
class Item:
    """One link. Drawn for those who hold one of ``capabilities``; ``badge``: of engage.badges."""

    title: StrOrPromise
    icon: str
    view: str
    capabilities: tuple[str, ...]
    badge: str = ""
    agency_only: bool = False
    query: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An item as drawn for one person on one page."""

    title: StrOrPromise
    icon: str
    url: str
    count: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Group:
    title: StrOrPromise
    links: tuple[Link, ...]


GROUPS: tuple[tuple[StrOrPromise, tuple[Item, ...]], ...] = (
    (
        _("Work"),
        (
            Item(_("Today"), "today", "admin:index", ("reporting.today.view",)),
            Item(
                _("Inbox"),
                "inbox",
                "admin:inbox_conversation_changelist",
                ("inbox.conversation.view",),
                badges.INBOX,
            ),
            Item(
                _("Moderation queue"),
                "gavel",
                "admin:moderation_case_changelist",
                ("moderation.case.view",),
                badges.CASES,
            ),
            Item(
                _("Held replies"),
                "approval_delegation",
                "admin:inbox_outboxitem_changelist",
                ("inbox.reply.send", "inbox.reply.approve"),
                badges.HELD,
            ),
            Item(
                _("Contacts"),
                "contacts",
                "admin:inbox_contact_changelist",
                ("inbox.conversation.view",),
            ),
        ),
    ),
    (
        _("Decisions and appeals"),
        (
            Item(
                _("Appeals"),
                "balance",
                "admin:moderation_appeal_changelist",
                ("moderation.appeal.view",),
                badges.APPEALS,
            ),
            Item(
                _("Decisions"),
                "fact_check",
                "admin:moderation_decision_changelist",
                ("moderation.case.view",),
            ),
            Item(
                _("Review samples"),
                "rule",
                "admin:moderation_qualitysample_changelist",
                ("moderation.sample.review",),
            ),
            Item(
                _("Quality"),
                "monitoring",
                "admin:moderation_qualityalarm_changelist",
                ("moderation.quality.view",),
                badges.QUALITY_ALARMS,
            ),
            Item(
                _("Automatic hiding"),
                "auto_delete",
                "admin:moderation_hidinglicence_changelist",
                ("moderation.quality.view",),
            ),
            Item(
                _("Sanctions"),
                "person_off",
                "admin:moderation_sanction_changelist",
                ("moderation.case.view",),
            ),
            Item(
                _("Notices from the public"),
                "flag",
                "admin:moderation_notice_changelist",
                ("moderation.notice.view",),
            ),
            Item(
                _("Transparency database"),
                "upload_file",
                "admin:moderation_decision_statements",
                ("moderation.statement.export",),
            ),
        ),
    ),
    (
        _("Requests and consent"),
        (
            Item(
                _("Data requests"),
                "person_search",
                "admin:compliance_datarequest_changelist",
                ("compliance.request.view",),
                badges.REQUESTS,
            ),
            Item(
                _("Consents and opt-outs"),
                "how_to_reg",
                "admin:compliance_consent_changelist",
                ("compliance.consent.view",),
            ),
            Item(
                _("Suppression lists"),
                "block",
                "admin:compliance_consentjob_changelist",
                ("compliance.consent.manage",),
            ),
            Item(
                _("Disclosures shown"),
                "smart_toy",
                "admin:compliance_disclosureshown_changelist",
                ("compliance.consent.view",),
            ),
        ),
    ),
    (
        _("Proof"),
        (
            Item(
                _("Audit trail"),
                "history",
                "admin:compliance_auditevent_changelist",
                ("compliance.audit.view",),
            ),
            Item(
                _("Audit exports"),
                "download",
                "admin:compliance_auditexport_changelist",
                ("compliance.audit.export",),
            ),
            Item(
                _("Evidence packs"),
                "inventory_2",
                "admin:compliance_evidencepack_changelist",
                ("compliance.evidence.export",),
            ),
            Item(
                _("Field history"),
                "manage_history",
                "admin:compliance_fieldchange_changelist",
                ("compliance.audit.view",),
            ),
            Item(
                _("Integrity"),
                "verified",
                "admin:compliance_ledgercheck_changelist",
                ("compliance.audit.view",),
            ),
        ),
    ),
    (
        _("Governance"),
        (
            Item(
                _("Retention"),
                "auto_delete",
                "admin:compliance_retentionpolicy_changelist",
                ("compliance.retention.view",),
            ),
            Item(
                _("Legal holds"),
                "gavel",
                "admin:compliance_legalhold_changelist",
                ("compliance.hold.manage",),
            ),
            Item(
                _("Incidents"),
                "emergency_home",
                "admin:compliance_incident_changelist",
                ("compliance.incident.view",),
                badges.INCIDENTS,
            ),
            Item(
                _("Record of processing"),
                "policy",
                "admin:compliance_processing_record",
                ("compliance.audit.view",),
            ),
            Item(
                _("Personal-data map"),
                "schema",
                "admin:compliance_personal_data_map",
                ("compliance.audit.view",),
            ),
            Item(
                _("Vendors"),
                "handshake",
                "admin:compliance_vendor_changelist",
                ("compliance.vendor.view",),
                badges.VENDORS,
                agency_only=True,
            ),
            Item(
                _("Transfers"),
                "public",
                "admin:compliance_transferday_changelist",
                ("compliance.vendor.view",),
            ),
            Item(
                _("Secrets"),
                "key_vertical",
                "admin:compliance_secretwarning_changelist",
                ("compliance.secret.view",),
            ),
        ),
    ),
    (
        _("Automation"),
        (
            Item(
                _("Disclosure texts"),
                "smart_toy",
                "admin:compliance_disclosuretext_changelist",
                ("tenants.brand.manage",),
            ),
            Item(
                _("Consent texts"),
                "contract",
                "admin:compliance_consenttext_changelist",
                ("compliance.consent.view",),
            ),
            Item(
                _("Opt-out words"),
                "hearing",
                "admin:inbox_consentword_changelist",
                ("compliance.consent.view",),
            ),
            Item(
                _("Service targets"),
                "timer",
                "admin:inbox_slatarget_changelist",
                ("tenants.brand.manage",),
            ),
            Item(
                _("Automation by intent"),
                "tune",
                "admin:inbox_intentautomation_changelist",
                ("tenants.brand.manage",),
            ),
            Item(
                _("Policy"),
                "policy",
                "admin:moderation_policyrule_changelist",
                ("moderation.policy.view",),
            ),
            Item(
                _("Word lists"),
                "list_alt",
                "admin:moderation_wordlist_changelist",
                ("moderation.policy.view",),
            ),
            Item(
                _("Answer templates"),
                "quick_phrases",
                "admin:inbox_answertemplate_changelist",
                ("inbox.channel.manage",),
            ),
            Item(
                _("Stop sending"),
                "block",
                "admin:inbox_channelaccount_sending",
                ("inbox.sending.stop",),
            ),
        ),
    ),
    (
        _("Agency"),
        (
            Item(
                _("Channels"),
                "cable",
                "admin:inbox_channelaccount_changelist",
                ("inbox.channel.view",),
            ),
            Item(
                _("Brands"),
                "storefront",
                "admin:tenants_brand_changelist",
                ("tenants.brand.manage",),
            ),
            Item(
                _("Onboarding"),
                "rocket_launch",
                "admin:onboarding",
                ("tenants.brand.create", "tenants.brand.manage"),
                agency_only=True,
            ),
            Item(
                _("Offboarding"),
                "inventory_2",
                "admin:compliance_branderasure_changelist",
                ("tenants.brand.close",),
                agency_only=True,
            ),
            Item(
                _("Team"), "group", "admin:tenants_membership_changelist", ("tenants.member.view",)
            ),
            Item(
                _("Roles"),
                "badge",
                "admin:tenants_role_changelist",
                ("tenants.role.manage",),
                agency_only=True,
            ),
            Item(
                _("Sign-in"),
                "passkey",
                "admin:tenants_signinpolicy_changelist",
                ("tenants.signin.manage",),
                agency_only=True,
            ),
        ),
    ),
    (
        _("System"),
        (
            Item(_("Jobs"), "hourglass_top", "admin:jobs", JOB_CAPABILITIES),
            Item(
                _("Support access"),
                "support_agent",
                "admin:tenants_supportaccess_changelist",
                ("tenants.support.manage",),
                agency_only=True,
            ),
            Item(
                _("Quotas"),
                "speed",
                "admin:tenants_brandquota_changelist",
                ("tenants.quota.manage",),
            ),
            Item(
                _("API tokens"),
                "key",
                "admin:tenants_apitoken_changelist",
                ("tenants.token.manage",),
            ),
            Item(
                _("Delivery problems"),
                "sync_problem",
                "admin:inbox_inboundevent_changelist",
                ("inbox.event.manage",),
                query="state__exact=dead",
            ),
            Item(
                _("Raw deliveries"),
                "deployed_code_history",
                "admin:inbox_receiveddelivery_changelist",
                ("inbox.delivery.view",),
                agency_only=True,
            ),
        ),
    ),
)


def groups_for(request: HttpRequest, *, with_counts: bool = True) -> list[Group]:
    """The groups this person sees here; a group without links is left out."""
    workspace: Workspace | None = getattr(request, "workspace", None)
    if workspace is None:
        return []
    drawn = []
    urls = {item.view: reverse(item.view) for _title, items in GROUPS for item in items}
    current = _current(request, urls)
    for title, items in GROUPS:
        links = tuple(_links(items, request, workspace, urls, current, with_counts=with_counts))
        if links:
            drawn.append(Group(title, links))
    return drawn


def _current(request: HttpRequest, urls: Mapping[str, str]) -> str:
    """The view whose address covers most of the page's; the overview covers only itself."""
    covering = {url: view for view, url in urls.items() if request.path.startswith(url)}
    home = reverse("admin:index")
    if request.path != home:
        covering.pop(home, None)
    return covering[max(covering, key=len)] if covering else ""


def _links(
    items: Iterable[Item],
    request: HttpRequest,
    workspace: Workspace,
    urls: Mapping[str, str],
    current: str,
    *,
    with_counts: bool,
) -> Iterable[Link]:
    for item in items:
        if item.agency_only and not workspace.agency_wide:
            continue
        if not any(can(request.user, capability) for capability in item.capabilities):
            continue
        count = badges.badges_of(request).get(item.badge, 0) if item.badge and with_counts else 0
        url = urls[item.view]
        if item.query:
            url = f"{url}?{item.query}"
        shown = f"{badges.MOST}+" if count > badges.MOST else str(count or "")
        yield Link(item.title, item.icon, url, shown, item.view == current)
