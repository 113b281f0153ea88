from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class EngageAdminConfig(AdminConfig):
    """Django's admin with our site, so every app registers on it by ``admin.site``."""

    default_site = "engage.admin_site.EngageAdminSite"


class EngageConfig(AppConfig):
    """Last in INSTALLED_APPS: every app has registered itself; the registries close."""

    name = "engage"

    def ready(self) -> None:
        import engage.celery  # noqa: F401, PLC0415 -- app ready; tasks publish through our broker
        from compliance.registries import (  # noqa: PLC0415 -- app ready
            anchors,
            closing_parts,
            event_notes,
            evidence_cases,
            personal_data,
            related_objects,
            unaudited,
        )
        from engage.onboarding.presets import register_rule_presets  # noqa: PLC0415 -- app ready
        from engage.signin import receivers as signin_receivers  # noqa: PLC0415 -- app ready
        from moderation.registries import rule_presets, text_models  # noqa: PLC0415 -- app ready
        from tenants.permissions import capabilities  # noqa: PLC0415 -- app ready
        from tenants.registries import (  # noqa: PLC0415 -- app ready
            audit_sinks,
            jobs,
            object_grants,
            sealed_json,
            secret_sources,
        )

        signin_receivers.connect()
        register_rule_presets()
        sealed_json.register("mfa.authenticator", "data")
        autodiscover_modules("permissions", "privacy", "unaudited")
        for registry in (
            personal_data,
            capabilities,
            audit_sinks,
            object_grants,
            jobs,
            closing_parts,
            anchors,
            event_notes,
            evidence_cases,
            related_objects,
            sealed_json,
            secret_sources,
            unaudited,
            text_models,
            rule_presets,
        ):
            registry.close()
