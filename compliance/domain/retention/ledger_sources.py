"""Readable values of the audit trail whose time is over. Events and leaves stay and verify."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django_stubs_ext import StrOrPromise

from compliance.choices import HoldScope, RetentionCategory
from compliance.domain.erasure import erase_details, erase_field_changes
from compliance.domain.retention.aged import by_month, oldest_of
from compliance.domain.retention.found import Survey
from compliance.domain.retention.removing import Remover
from compliance.domain.retention.terms import Terms
from compliance.models import AuditDetail, FieldChange, LegalHold
from tenants.models import Brand

_SIGN_IN = ("tenants.session.", "tenants.signin.", "tenants.factor.", "tenants.support.")
_OF_PEOPLE = ("inbox.", "moderation.")


def _starts(path: str, prefixes: tuple[str, ...]) -> Q:
    found = Q()
    for prefix in prefixes:
        found |= Q(**{f"{path}__startswith": prefix})
    return found


@dataclass(frozen=True, slots=True)
class LedgerValues:
    """``clock``: the path to the time of the event. ``is_security``: of sign-ins only, which have
    a time of their own."""

    model: type[Any]
    clock: str
    kind: str = ""
    is_security: bool = False

    @property
    def title(self) -> StrOrPromise:
        return str(self.model._meta.verbose_name_plural)

    def _rows(self, brand_id: Any) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._default_manager.filter(brand_id=brand_id, erased_at=None)
        return rows.filter(_starts(self.kind, _SIGN_IN)) if self.is_security else rows

    def _due(self, terms: Terms) -> QuerySet[Any]:
        category = RetentionCategory.SECURITY if self.is_security else RetentionCategory.AUDIT
        before, rows = terms.cutoff(category), self._rows(terms.brand_id)
        return rows.none() if before is None else rows.filter(**{f"{self.clock}__lt": before})

    def _free(self, terms: Terms) -> QuerySet[Any]:
        rows = self._due(terms)
        for hold in terms.holds:
            rows = rows.exclude(self._covered(hold))
        return rows

    def _covered(self, hold: LegalHold) -> Q:
        """A hold on a contact or a conversation covers what is told of anybody's messages: which
        event is whose, only the erased values say."""
        condition = Q(pk__isnull=False)
        if hold.scope in {HoldScope.CONTACT, HoldScope.CONVERSATION}:
            if not self.kind:
                return Q(pk__in=[])
            condition = _starts(self.kind, _OF_PEOPLE)
        if hold.since is not None:
            condition &= Q(**{f"{self.clock}__gte": hold.since})
        if hold.until is not None:
            condition &= Q(**{f"{self.clock}__lte": hold.until})
        return condition

    def survey(self, terms: Terms) -> Survey:
        due, free = self._due(terms), self._free(terms)
        going = free.count()
        return Survey(
            counts=+Counter({self.model._meta.label_lower: going}),
            oldest=oldest_of(free, self.clock),
            held=due.count() - going if terms.holds else 0,
            months=Counter(by_month(free, self.clock, terms)),
        )

    def take(self, terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        chosen = list(self._free(terms).order_by("pk").values_list("pk", flat=True)[:limit])
        if not chosen:
            return {}
        rows = self.model._default_manager.filter(pk__in=chosen)
        remover.starts_to_lock()
        verb: Any = erase_details if self.model is AuditDetail else erase_field_changes
        brand = Brand(pk=terms.brand_id)
        done = verb(rows, brand=brand, reference=remover.reference, actor=remover.actor)
        return {self.model._meta.label_lower: done}

    def held_by(self, hold: LegalHold) -> Survey:
        rows = self._rows(hold.brand_id).filter(self._covered(hold))
        return Survey(
            counts=+Counter({self.model._meta.label_lower: rows.count()}),
            oldest=oldest_of(rows, self.clock),
        )


DETAILS = LedgerValues(AuditDetail, "event__at", "event__kind")
SIGN_INS = LedgerValues(AuditDetail, "event__at", "event__kind", is_security=True)
CHANGES = LedgerValues(FieldChange, "timestamp")
