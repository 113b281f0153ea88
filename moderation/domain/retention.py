"""How long decisions are kept: from the notice to the author, or from what came last."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compliance.choices import RetentionAction, RetentionCategory
from compliance.domain.retention.aged import SAMPLES, by_month, oldest_of
from compliance.domain.retention.found import Sample, Survey
from compliance.domain.retention.locking import lock_free
from compliance.domain.retention.removing import Remover, still_says
from compliance.domain.retention.terms import Terms
from compliance.models import LegalHold
from inbox.domain.retention import covered, kept_by_matters
from moderation.choices import OPEN_APPEALS
from moderation.models import Appeal, Decision, Sanction, StatementOfReasons

_CATEGORY = RetentionCategory.DECISION


class OpenAppeals:
    """A conversation is needed until an appeal about one of its messages is decided."""

    def conversations(self, brand_id: Any) -> QuerySet[Any]:
        return Appeal.objects.filter(brand_id=brand_id, state__in=OPEN_APPEALS).values(
            "decision__message__conversation_id"
        )


class DecisionSource:
    """A decision goes with its statement, appeal and sanction, after whatever takes it back. One
    whose sanction still runs stays."""

    title = _("Moderation decisions")

    def _clocked(self) -> QuerySet[Any]:
        told = Coalesce("statement__created_at", "decided_at")
        return Decision.objects.annotate(clock=Greatest(told, Coalesce("appeal__decided_at", told)))

    def _due(self, terms: Terms) -> QuerySet[Any]:
        before = terms.cutoff(_CATEGORY)
        rows = self._clocked().filter(brand_id=terms.brand_id)
        if before is None:
            return rows.none()
        newer = self._clocked().filter(reverses=OuterRef("pk"), clock__gte=before)
        rows = rows.filter(clock__lt=before).exclude(Q(Exists(newer)))
        if terms.action(_CATEGORY) == RetentionAction.ANONYMISE:
            rows = rows.filter(still_says(Decision))
        return rows

    def _held(self, terms: Terms) -> Q:
        found = Q(pk__in=[])
        for hold in terms.holds:
            found |= _covered(hold)
        return found

    def _open(self, terms: Terms) -> Q:
        running = Q(sanction__isnull=False, sanction__ended_at=None)
        answers = Q(notices__isnull=False)  # a notice goes first, by its own clock
        matters = kept_by_matters(terms, to="message__conversation__")
        return Q(appeal__state__in=OPEN_APPEALS) | running | answers | matters

    def _free(self, terms: Terms) -> QuerySet[Any]:
        kept = Decision.objects.filter(self._held(terms) | self._open(terms)).values("pk")
        return self._due(terms).exclude(pk__in=kept)

    def survey(self, terms: Terms) -> Survey:
        due, free = self._due(terms), self._free(terms)
        held = due.filter(self._held(terms)).count() if terms.holds else 0
        going = free.count()
        keys = free.order_by().values("pk")
        counts = Counter({Decision._meta.label_lower: going})
        for model in (StatementOfReasons, Appeal, Sanction):
            counts[model._meta.label_lower] = model.objects.filter(decision__in=keys).count()
        return Survey(
            counts=+counts,
            oldest=oldest_of(free, "clock"),
            held=held,
            open=due.count() - going - held,
            months=Counter(by_month(free, "clock", terms)),
            samples=[
                Sample(
                    _("Decision"),
                    row.clock,
                    _CATEGORY,
                    reverse("admin:moderation_decision_change", args=[row.pk]),
                )
                for row in free.order_by("clock", "pk")[:SAMPLES]
            ],
        )

    def take(self, terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        rows = self._free(terms).order_by("clock", "pk")
        chosen = [pk for (pk,) in lock_free(remover, rows, "pk", limit=max(limit // 4, 1))]
        counts: Counter[str] = Counter()
        does = remover.remove
        if terms.action(_CATEGORY) == RetentionAction.ANONYMISE:
            does = remover.anonymise
        for model in (Appeal, StatementOfReasons, Sanction):
            keys = model.objects.filter(decision__in=chosen).values_list("pk", flat=True)
            counts += does(model, list(keys))
        counts += does(Decision, chosen)
        return counts

    def held_by(self, hold: LegalHold) -> Survey:
        rows = Decision.objects.filter(_covered(hold), brand_id=hold.brand_id)
        label = Decision._meta.label_lower
        oldest: datetime | None = oldest_of(rows, "decided_at")
        return Survey(counts=+Counter({label: rows.count()}), oldest=oldest)


def _covered(hold: LegalHold) -> Q:
    return covered(hold, to="message__conversation__", clock="decided_at")
