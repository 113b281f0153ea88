"""What moderation adds to the trail's stories: decisions, their rules, statements, appeals."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.models import AuditEvent
from compliance.registries import Evidence, EvidenceTable, ObjectKey
from moderation.models import Appeal, Case, Decision, StatementOfReasons

MOST = 500


class ModerationStories:
    """Decisions and appeals belong to their message and to its conversation, and to each other."""

    labels = (
        "inbox.contact",
        "inbox.conversation",
        "inbox.message",
        "moderation.appeal",
        "moderation.case",
        "moderation.decision",
    )

    def of(self, label: str, ref: str) -> Iterable[ObjectKey]:
        condition = _decisions_of(label, ref)
        if condition is None:
            return
        decisions = Decision.objects.filter(condition).order_by("decided_at", "id")
        rows = decisions.values_list("pk", "case_id", "message_id", "statement", "appeal")[:MOST]
        for decision, case, message, statement, appeal in rows:
            yield "moderation.decision", str(decision)
            yield "inbox.message", str(message)
            for found, key in (
                (case, "moderation.case"),
                (statement, "moderation.statementofreasons"),
                (appeal, "moderation.appeal"),
            ):
                if found is not None:
                    yield key, str(found)


def _decisions_of(label: str, ref: str) -> Q | None:
    try:
        key = UUID(ref)
    except ValueError:
        return None
    match label:
        case "inbox.message":
            return Q(message=key)
        case "inbox.conversation":
            return Q(message__conversation=key)
        case "inbox.contact":
            return Q(message__conversation__contact=key)
        case "moderation.case":
            return Q(case=key)
        case "moderation.appeal":
            return _around(Q(appeal=key))
        case "moderation.decision":
            return _around(Q(pk=key))
    return None


def _around(condition: Q) -> Q:
    """All decisions about the message of this one: what it took back, what took it back."""
    return Q(message__in=Decision.objects.filter(condition).values("message"))


class RuleNotes:
    """The rule a decision names, word for word, and the facts it was made on."""

    def notes(
        self, events: Sequence[AuditEvent], *, language: str
    ) -> Mapping[UUID, Sequence[tuple[StrOrPromise, str]]]:
        made = {
            event.object_ref: event.pk
            for event in events
            if event.kind == "moderation.decision.made"
        }
        if not made:
            return {}
        found = Decision.objects.select_related("rule").filter(pk__in=list(made))
        return {
            made[str(decision.pk)]: [
                (gettext_lazy("Decision"), str(decision)),
                (gettext_lazy("Reason"), decision.reason),
                (
                    gettext_lazy("Rule"),
                    f"{decision.rule}: {decision.rule.text(language[:2])} ({decision.rule.ground})",
                ),
            ]
            for decision in found
        }


class DecisionCase:
    """A decision, what it was based on, what the author was told, and the appeal."""

    key = "decision"
    title: StrOrPromise = gettext_lazy("Decision and appeal")
    label = "moderation.decision"
    capability = "moderation.case.view"

    def collect(self, obj: Any) -> Evidence:
        decision = (
            Decision.objects.select_related("rule", "decided_by", "message").filter(pk=obj.pk).get()
        )
        language = translation.get_language() or "en"
        statement = StatementOfReasons.objects.filter(decision=decision).first()
        appeal = Appeal.objects.filter(decision=decision).first()
        chain = Decision.objects.filter(message=decision.message_id).order_by("decided_at", "id")
        return Evidence(
            title=_("Decision of %s") % f"{decision.decided_at:%Y-%m-%d}",
            facts=[
                (_("Decision"), str(decision.get_action_display())),
                (_("Category"), str(decision.get_category_display())),
                (_("Decided"), _instant(decision.decided_at)),
                (_("Decided by"), decision.actor_ref),
                (_("Automation"), str(decision.get_automation_display())),
                (_("Found by a machine"), _("yes") if decision.detected_automatically else _("no")),
                (_("Rule"), f"{decision.rule}: {decision.rule.text(language[:2])}"),
                (_("Ground"), decision.rule.ground),
                *_of_statement(statement),
                *_of_appeal(appeal),
            ],
            personal=[
                (_("Decided by (name)"), str(decision.decided_by or decision.actor_ref)),
                (_("Text as it was judged"), decision.text_snapshot),
                (_("Facts"), decision.facts),
                (_("Reason"), decision.reason),
                *([(_("What the author says"), appeal.text)] if appeal else []),
                *([(_("Answer to the appeal"), appeal.answer)] if appeal else []),
            ],
            objects=[
                ("moderation.decision", str(decision.pk)),
                ("inbox.message", str(decision.message_id)),
                *_cases(decision),
                *ModerationStories().of("moderation.decision", str(decision.pk)),
            ],
            tables=[
                EvidenceTable(
                    _("All decisions about this message"),
                    [_("Decided"), _("Decision"), _("By"), _("Takes back")],
                    [
                        [
                            _instant(one.decided_at),
                            str(one),
                            one.actor_ref,
                            str(one.reverses_id or "–"),
                        ]
                        for one in chain[:MOST]
                    ],
                )
            ],
            files={"statement-of-reasons.txt": statement.text} if statement else {},
        )


def _cases(decision: Decision) -> list[ObjectKey]:
    cases = Case.objects.filter(message=decision.message_id).values_list("pk", flat=True)
    return [("moderation.case", str(key)) for key in cases[:MOST]]


def _of_statement(statement: StatementOfReasons | None) -> list[tuple[StrOrPromise, str]]:
    if statement is None:
        return [(_("Statement of reasons"), _("none"))]
    return [
        (_("Statement of reasons written"), _instant(statement.created_at)),
        (_("Handed over by"), statement.delivered_by),
        (_("Appeal possible until"), _instant(statement.appeal_until)),
    ]


def _of_appeal(appeal: Appeal | None) -> list[tuple[StrOrPromise, str]]:
    if appeal is None:
        return [(_("Appeal"), _("none"))]
    found: list[tuple[StrOrPromise, str]] = [
        (_("Appeal received"), _instant(appeal.received_at)),
        (_("Appeal due"), _instant(appeal.due_at)),
    ]
    if appeal.decided_at is not None:
        found.append((_("Appeal decided"), _instant(appeal.decided_at)))
        found.append((_("Outcome"), str(appeal.get_outcome_display())))
    return found


def _instant(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
