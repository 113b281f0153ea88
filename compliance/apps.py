"""Start-up of the compliance app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("Compliance")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from auditlog.signals import post_log  # noqa: PLC0415 -- app ready
        from django.core import checks  # noqa: PLC0415 -- app ready

        from compliance.domain.anchors import (  # noqa: PLC0415 -- app ready
            FileAnchor,
            MailAnchor,
        )
        from compliance.domain.audit import record  # noqa: PLC0415 -- app ready
        from compliance.domain.export_turns import (  # noqa: PLC0415 -- app ready
            running_exports,
        )
        from compliance.domain.history import commit_change  # noqa: PLC0415 -- app ready
        from compliance.domain.net import install  # noqa: PLC0415 -- app ready
        from compliance.domain.packs.cases import OWN_CASES  # noqa: PLC0415 -- app ready
        from compliance.domain.personal_data import check_map  # noqa: PLC0415 -- app ready
        from compliance.domain.reads import record_reads  # noqa: PLC0415 -- app ready
        from compliance.domain.retention.own_sources import (  # noqa: PLC0415 -- app ready
            register_retention,
        )
        from compliance.domain.secret_watch import LedgerSecrets  # noqa: PLC0415 -- app ready
        from compliance.domain.subjects.own_sources import (  # noqa: PLC0415 -- app ready
            register_own,
        )
        from compliance.domain.vendors.plugs import (  # noqa: PLC0415 -- app ready
            register_registers,
        )
        from compliance.registries import anchors, evidence_cases  # noqa: PLC0415 -- app ready
        from tenants.registries import (  # noqa: PLC0415 -- app ready
            audit_sinks,
            database_guards,
            quota_meters,
            read_sinks,
            secret_sources,
        )

        secret_sources.register("ledger", LedgerSecrets())
        anchors.register("mail", MailAnchor())
        anchors.register("file", FileAnchor())
        database_guards.register("net", install)
        for case in OWN_CASES:
            evidence_cases.register(case.key, case)
        quota_meters.register("exports", running_exports)
        register_own()
        register_retention()
        register_registers()
        audit_sinks.register("ledger", record)  # type: ignore[arg-type]  # names its details
        read_sinks.register("ledger", record_reads)
        # auditlog's own hook: every readable entry is committed to in the ledger.
        post_log.connect(commit_change, dispatch_uid="compliance.ledger")
        checks.register(check_map, "compliance")
