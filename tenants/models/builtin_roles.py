"""What the built-in roles hold as delivered. Requirement T2."""

from tenants.choices import RoleKey

_READ = frozenset(
    {
        "inbox.conversation.view",
        "inbox.channel.view",
        "moderation.case.view",
        "moderation.policy.view",
        "reporting.today.view",
    }
)
_WORK = _READ | {
    "inbox.conversation.work",
    "inbox.reply.send",
    "moderation.case.decide",
    "compliance.consent.view",
}
_COMPLIANCE = frozenset(
    {
        "compliance.audit.view",
        "compliance.audit.export",
        "compliance.consent.view",
        "compliance.consent.manage",
        "compliance.audit.watch",
        "compliance.evidence.export",
        "compliance.secret.view",
        "compliance.hold.manage",
        "compliance.request.view",
        "compliance.request.handle",
        "compliance.request.release",
        "compliance.retention.view",
        "compliance.retention.manage",
        "compliance.vendor.view",
        "compliance.vendor.manage",
        "compliance.incident.view",
        "compliance.incident.manage",
        "moderation.appeal.view",
        "moderation.notice.view",
        "moderation.notice.handle",
        "moderation.statement.export",
    }
)
_MANAGE = (
    _WORK
    | _COMPLIANCE
    - {
        "compliance.audit.watch",
        "compliance.evidence.export",
        "compliance.hold.manage",
        "compliance.request.handle",
        "compliance.request.release",
        "compliance.retention.manage",
        "compliance.vendor.manage",
        "compliance.incident.manage",
    }
    | {
        "inbox.reply.approve",
        "inbox.channel.manage",
        "inbox.sending.stop",
        "inbox.event.manage",
        "moderation.appeal.decide",
        "moderation.case.settle",
        "moderation.sanction.manage",
        "moderation.exposure.oversee",
        "moderation.policy.manage",
        "moderation.quality.view",
        "moderation.sample.review",
        "moderation.sample.draw",
        "moderation.licence.manage",
        "tenants.brand.manage",
        "tenants.member.view",
        "tenants.member.manage",
    }
)
_ADMINISTER = (
    _MANAGE
    | _COMPLIANCE
    | {
        "tenants.token.manage",
        "tenants.role.manage",
        "tenants.signin.manage",
        "tenants.brand.create",
        "tenants.brand.close",
        "tenants.support.manage",
        "tenants.quota.manage",
        "inbox.delivery.view",
        "inbox.reply.relay",
    }
)

ROLE_CAPABILITIES: dict[str, frozenset[str]] = {
    RoleKey.OWNER: _ADMINISTER,
    RoleKey.ADMIN: _ADMINISTER,
    RoleKey.BRAND_MANAGER: _MANAGE,
    RoleKey.COMMUNITY_MANAGER: _WORK | {"moderation.appeal.view"},
    RoleKey.MODERATOR: _READ
    | {
        "moderation.case.decide",
        "moderation.appeal.view",
        "moderation.appeal.decide",
        "moderation.sample.review",
        "moderation.sanction.manage",
        "moderation.notice.view",
        "moderation.notice.handle",
        "inbox.conversation.work",
    },
    RoleKey.COMPLIANCE_OFFICER: _READ
    | _COMPLIANCE
    | {"inbox.sending.stop", "inbox.event.manage", "moderation.quality.view"},
    RoleKey.ANALYST: _READ,
    RoleKey.CLIENT_VIEWER: frozenset({"reporting.today.view"}),
}
