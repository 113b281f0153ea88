from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = _("Moderation")

    def ready(self) -> None:
        from compliance.registries import closing_parts, track  # noqa: PLC0415 -- app ready
        from moderation.domain.closing import ModerationAtTheEnd  # noqa: PLC0415 -- app ready
        from moderation.models import PolicyRule  # noqa: PLC0415 -- app ready

        closing_parts.register("moderation", ModerationAtTheEnd())
        track(
            PolicyRule,
            fields=["severity", "auto_hide", "text_de", "text_en", "ground", "retired_at"],
        )
