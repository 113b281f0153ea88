"""One person with a canary in every personal field of every table, found from the map."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from auditlog.context import disable_auditlog
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.utils import timezone

from compliance.domain.audit import record
from compliance.domain.consent import address_hash
from compliance.domain.subjects.sources import covered_tables
from compliance.domain.subjects.tables import person_labels, person_tables
from compliance.models import AuditDetail, FieldChange
from compliance.registries import personal_data
from tenants.actors import SystemActor
from tenants.models import Brand
from tests.canary.words import Words
from tests.isolation import world as isolation
from tests.isolation.world import World

TESTS = SystemActor("system", "tests")
# Not planted as a plain row: the ledger writes its own, the erasure makes the list, and a file is
# put where the product puts it.
BY_HAND = frozenset(
    {
        "compliance.auditevent",
        "compliance.auditdetail",
        "compliance.fieldchange",
        "compliance.erasedaddress",
    }
)
# Not words but what leads from one place to another: the same value stands in several on purpose.
LEADS = frozenset(
    {
        "compliance.consent.address_hash",
        "compliance.consententry.address_hash",
        "compliance.disclosureshown.outbox_ref",
        "moderation.notice.email_hash",
        "moderation.reporterstanding.email_hash",
    }
)
GONE, STAYS = PEOPLE = ("gone", "stays")


def expected() -> set[str]:
    """Places that must hold a canary: each field of the map that is about a person outside."""
    places = {
        f"{label}.{name}"
        for label in covered_tables() - BY_HAND
        for name, one in personal_data[label].fields.items()
        if one.kind != "technical" and not apps.get_model(label)._meta.get_field(name).is_relation
    }
    return places - LEADS


class Planter:
    """Plants one person into a brand. Rows that are nobody's are shared with the others'."""

    def __init__(self, person: str, brand: Brand, shared: World, words: Words) -> None:
        self.person, self.brand, self.shared, self.words = person, brand, shared, words
        self.rows: dict[str, models.Model] = {}
        self.address = words.word()
        self.email = f"{words.word()}@example.test"

    def plant(self) -> None:
        """Every table that some source of a person's data takes care of, then the ledger."""
        with disable_auditlog():
            for label in sorted(person_labels()):
                self.row(label)
            for label in sorted(covered_tables() - BY_HAND):
                self.row(label)
        self._ledger()
        self._cache()

    @property
    def _account(self) -> Any:
        model = apps.get_model("inbox.channelaccount")
        return isolation.plant(self.shared, model, self.brand)

    @property
    def channel(self) -> str:
        """Of the account that the person writes to."""
        return str(self._account.channel)

    @property
    def contact(self) -> models.Model:
        (label,) = person_labels()
        return self.rows[label]

    def row(self, label: str) -> models.Model:
        """The person's row of the table, with all it points to."""
        if label not in self.rows:
            model = apps.get_model(label)
            values = dict(self._values(model))
            row = model(**values)
            row.save(force_insert=True)
            self.rows[label] = row
        return self.rows[label]

    def _values(self, model: type[models.Model]) -> Iterator[tuple[str, Any]]:
        label = model._meta.label_lower
        entry = personal_data[label]
        for column in model._meta.concrete_fields:
            if column.primary_key:
                continue
            bound = self._bound(label, column.name)
            if bound is not None:
                yield column.name, bound
                continue
            kind = entry.fields[column.name].kind
            if isinstance(column, models.ForeignKey):
                yield column.name, self._linked(column)
            elif kind == "technical":
                yield column.name, self._technical(model, column)
            else:
                value = self.words.value(column, person=self.person, label=label, kind=kind)
                if value is None:
                    value = isolation._value(self.shared, column, self.brand)
                yield column.name, value

    def _technical(self, model: type[models.Model], column: Any) -> Any:
        """Nobody's data; what is unique is made so for each person."""
        value = isolation._value(self.shared, column, self.brand)
        unique = column.unique or any(
            column.name in constraint.fields
            for constraint in model._meta.constraints
            if isinstance(constraint, models.UniqueConstraint)
        )
        if unique and isinstance(value, int) and not isinstance(value, bool):
            return value + 1 + list(PEOPLE).index(self.person)
        if unique and isinstance(value, str) and not column.choices:
            return f"{self.person}-{value}"[: column.max_length]
        return value

    def _linked(self, column: Any) -> Any:
        target = column.related_model._meta.label_lower
        if column.related_model is column.model:
            return None
        if target in covered_tables():
            return self.row(target)
        return isolation._linked(self.shared, column, self.brand)

    def _note(self, label: str, name: str, word: str) -> str:
        kind = personal_data[label].fields[name].kind
        self.words.note(self.person, label, name, kind, word=word)
        return word

    def _bound(self, label: str, name: str) -> Any:
        """What leads a source to the row: an address, a lane, a key of another row."""
        match f"{label}.{name}":
            case "inbox.contacthandle.channel" | "compliance.consent.channel":
                return self.channel
            case "compliance.consententry.channel":
                return self.channel
            case "inbox.contacthandle.external_id":
                return self._note(label, name, self.address)
            case "compliance.consent.address_hash" | "compliance.consententry.address_hash":
                return address_hash(self.brand.pk, self.channel, self.address)
            case "inbox.inboundevent.lane":
                self._note(label, name, self.address)
                return f"{self._account.external_id}:{self.address}"
            case "inbox.inboundevent.delivery_ref":
                return self.row("inbox.receiveddelivery").pk
            case "inbox.inboundevent.state":
                return "done"
            case "inbox.receiveddelivery.state":
                return "split"
            case "inbox.outboxitem.state":
                return "sent"
            case "compliance.disclosureshown.outbox_ref":
                return self.row("inbox.outboxitem").pk
            case "compliance.legalhold.contact_ref" | "compliance.datarequest.contact_refs":
                key = self.contact.pk
                return key if name == "contact_ref" else [str(key)]
            case "compliance.datarequest.state":
                return "closed"
            case "moderation.sanction.end":
                return "expired"
            case "moderation.appeal.state":
                return "decided"
            case "moderation.samplereview.finding":
                kind = personal_data[label].fields[name].kind
                self.words.note(self.person, label, name, kind, word="", value="breaks")
                return "breaks"
            case "moderation.notice.email_hash" | "moderation.reporterstanding.email_hash":
                return address_hash(self.brand.pk, "email", self.email)
            case "moderation.notice.state":
                return "set_aside"
            case "tenants.outgoingmail.to" | "moderation.notice.email":
                return self._note(label, name, self.email)
            case "tenants.outgoingmail.ended_at" | "tenants.outgoingmail.created_at":
                return timezone.now() - timedelta(hours=1)
            case "compliance.legalhold.since" | "compliance.legalhold.until":
                return timezone.now()
        return None

    def _ledger(self) -> None:
        """An event and a field change about a row of each table that leads to the person."""
        for table in person_tables():
            word, row = self.words.word(), self.row(table.label)
            record("tenants.brand.changed", row, actor=TESTS, personal={"words": word})
            self._note(AuditDetail._meta.label_lower, "value", word)
        message = self.rows["inbox.message"]
        word = self.words.word()
        FieldChange(
            brand_id=self.brand.pk,
            content_type=ContentType.objects.get_for_model(message),
            object_pk=str(message.pk),
            object_repr="inbox.message",
            action=1,
            changes={"text": [word, "x"]},
            reason=self._note(FieldChange._meta.label_lower, "reason", self.words.word()),
        ).save()
        self._note(FieldChange._meta.label_lower, "changes", word)

    def _cache(self) -> None:
        """A cached value, past the test settings' cache: as the product's own lies in its table."""
        word = self.words.word()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO engage_cache (cache_key, value, expires) VALUES (%s, %s, %s)",
                [
                    f":1:brand:{self.brand.pk}:{self.person}",
                    json.dumps(word),
                    timezone.now() + timedelta(hours=1),
                ],
            )
        self.words.note(self.person, "engage_cache", "value", "shared", word=word)
