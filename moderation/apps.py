from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = _("Moderation")

    def ready(self) -> None:
        from compliance.registries import (  # noqa: PLC0415 -- app ready
            closing_parts,
            event_notes,
            evidence_cases,
            open_matters,
            related_objects,
            retention_sources,
            subject_sources,
            track,
        )
        from moderation.domain.closing import ModerationAtTheEnd  # noqa: PLC0415 -- app ready
        from moderation.domain.evidence import (  # noqa: PLC0415 -- app ready
            DecisionCase,
            ModerationStories,
            RuleNotes,
        )
        from moderation.domain.models import TrainedModels  # noqa: PLC0415 -- app ready
        from moderation.domain.notice_retention import NoticeSource  # noqa: PLC0415 -- app ready
        from moderation.domain.reporters import reporter_sources  # noqa: PLC0415 -- app ready
        from moderation.domain.retention import (  # noqa: PLC0415 -- app ready
            DecisionSource,
            OpenAppeals,
        )
        from moderation.models import PolicyRule, WordList  # noqa: PLC0415 -- app ready
        from moderation.registries import text_models  # noqa: PLC0415 -- app ready

        closing_parts.register("moderation", ModerationAtTheEnd())
        open_matters.register("moderation.appeal", OpenAppeals())
        retention_sources.register("moderation.notice", NoticeSource())
        retention_sources.register("moderation.decision", DecisionSource())
        for source in reporter_sources():
            subject_sources.register(source.key, source)
        event_notes.register("moderation", RuleNotes())
        evidence_cases.register(DecisionCase.key, DecisionCase())
        related_objects.register("moderation", ModerationStories())
        text_models.register("trained", TrainedModels())
        track(
            PolicyRule,
            fields=[
                "severity",
                "auto_hide",
                "text_de",
                "text_en",
                "ground",
                "retired_at",
                "withdrawn_at",
            ],
        )
        track(
            WordList,
            fields=[
                "name",
                "category",
                "match",
                "effect",
                "weight_pct",
                "language",
                "is_enabled",
                "version",
            ],
        )
