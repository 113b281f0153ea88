"""How long notices are kept: as decisions, from their answer. What is said of a reporter goes with
the notice that it was said about, after a suspension is over."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.choices import RetentionAction, RetentionCategory
from compliance.domain.retention.aged import SAMPLES, by_month, oldest_of
from compliance.domain.retention.found import Sample, Survey
from compliance.domain.retention.locking import lock_free
from compliance.domain.retention.removing import Remover, still_says
from compliance.domain.retention.terms import Terms
from compliance.models import LegalHold
from inbox.domain.retention import covered
from moderation.choices import OPEN_NOTICES
from moderation.models import Notice, ReporterStanding

_CATEGORY = RetentionCategory.DECISION


class NoticeSource:
    """Answered notices. One that waits for an answer, or is under a hold, stays."""

    title = _("Notices from the public")

    def _due(self, terms: Terms) -> QuerySet[Any]:
        before = terms.cutoff(_CATEGORY)
        rows = Notice.objects.filter(brand_id=terms.brand_id).annotate(
            clock=Coalesce("decided_at", "received_at")
        )
        if before is None:
            return rows.none()
        rows = rows.filter(clock__lt=before)
        if terms.action(_CATEGORY) == RetentionAction.ANONYMISE:
            rows = rows.filter(still_says(Notice))
        return rows

    def _held(self, terms: Terms) -> Q:
        found = Q(pk__in=[])
        for hold in terms.holds:
            found |= _covered(hold)
        return found

    def _free(self, terms: Terms) -> QuerySet[Any]:
        suspended = ReporterStanding.objects.filter(notice=OuterRef("pk"), until__gt=timezone.now())
        kept = Notice.objects.filter(self._held(terms)).values("pk")
        rows = self._due(terms).exclude(state__in=OPEN_NOTICES).exclude(pk__in=kept)
        return rows.exclude(Exists(suspended))

    def survey(self, terms: Terms) -> Survey:
        due, free = self._due(terms), self._free(terms)
        held = due.filter(self._held(terms)).count() if terms.holds else 0
        going, keys = free.count(), free.order_by().values("pk")
        standings = ReporterStanding.objects.filter(notice__in=keys).count()
        return Survey(
            counts=+Counter(
                {
                    Notice._meta.label_lower: going,
                    ReporterStanding._meta.label_lower: standings,
                }
            ),
            oldest=oldest_of(free, "clock"),
            held=held,
            open=due.count() - going - held,
            months=Counter(by_month(free, "clock", terms)),
            samples=[
                Sample(
                    _("Notice"),
                    row.clock,
                    _CATEGORY,
                    reverse("admin:moderation_notice_change", args=[row.pk]),
                )
                for row in free.order_by("clock", "pk")[:SAMPLES]
            ],
        )

    def take(self, terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        rows = self._free(terms).order_by("clock", "pk")
        chosen = [pk for (pk,) in lock_free(remover, rows, "pk", limit=max(limit // 2, 1))]
        counts: Counter[str] = Counter()
        does = remover.remove
        if terms.action(_CATEGORY) == RetentionAction.ANONYMISE:
            does = remover.anonymise
        standings = ReporterStanding.objects.filter(notice__in=chosen).values_list("pk", flat=True)
        counts += does(ReporterStanding, list(standings))
        counts += does(Notice, chosen)
        return counts

    def held_by(self, hold: LegalHold) -> Survey:
        rows = Notice.objects.filter(_covered(hold), brand_id=hold.brand_id)
        counts = Counter({Notice._meta.label_lower: rows.count()})
        return Survey(counts=+counts, oldest=oldest_of(rows, "received_at"))


def _covered(hold: LegalHold) -> Q:
    return covered(hold, to="message__conversation__", clock="received_at")
