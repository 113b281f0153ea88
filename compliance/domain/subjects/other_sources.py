"""Where compliance itself and the floor below hold data of persons outside: words of consent,
files made earlier, mails, holds, the erased list, cached values."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.choices import EXPORT_ENDS, Outcome
from compliance.domain.audit import record
from compliance.domain.closing.leftovers import drop_cache
from compliance.domain.closing.tables import brand_tables, file_columns
from compliance.domain.consent import address_hash
from compliance.domain.subjects.sources import covered_tables
from compliance.domain.subjects.subject import EMAIL, Done, Found, Subject
from compliance.domain.subjects.table_source import MapSource
from compliance.domain.subjects.tables import brand_of
from compliance.models import DataRequest, ErasedAddress, LegalHold
from compliance.registries import personal_data
from tenants.models import Brand, OutgoingMail
from tenants.permissions import Actor


class AddressSource(MapSource):
    """Rows known by the keyed hash of an address (``address_hash``)."""

    def keys(self, subject: Subject) -> list[Any]:
        wanted = Q()
        for channel, address in subject.known.addresses:
            hashed = address_hash(subject.brand_id, channel, address)
            wanted |= Q(channel=channel, address_hash=hashed)
        if not wanted:
            return []
        return sorted(self.model._default_manager.filter(wanted).values_list("pk", flat=True))


class ErasedListSource(MapSource):
    """The list itself: it stays, and is the reason why nothing else comes back."""

    def __init__(self) -> None:
        super().__init__("compliance.erasedaddress")

    def keys(self, subject: Subject) -> list[Any]:
        hashes = [address_hash(subject.brand_id, *pair) for pair in subject.known.addresses]
        rows = ErasedAddress.objects.filter(address_hash__in=hashes)
        return sorted(rows.values_list("pk", flat=True))


class HoldSource(MapSource):
    """Words of holds on the person that were released; those that stand block the erasure."""

    def __init__(self) -> None:
        super().__init__("compliance.legalhold")

    def keys(self, subject: Subject) -> list[Any]:
        named = LegalHold.objects.filter(contact_ref__in=subject.contact_ids)
        return sorted(named.exclude(released_at=None).values_list("pk", flat=True))


class RequestSource(MapSource):
    """Data requests of the person: the case stays, a package that was made goes."""

    def __init__(self, label: str = "compliance.datarequest", *, link: str = "") -> None:
        super().__init__(label)
        self.link = link

    def keys(self, subject: Subject) -> list[Any]:
        named = Q()
        for contact_id in subject.contact_ids:
            named |= Q(contact_refs__contains=[str(contact_id)])
        requests = DataRequest.objects.filter(named).values_list("pk", flat=True) if named else []
        if not self.link:
            return sorted(requests)
        rows = self.model._default_manager.filter(**{f"{self.link}__in": list(requests)})
        return sorted(rows.values_list("pk", flat=True))


class MailSource(MapSource):
    """Mails to the person. Their words go when they have left; one that waits stands in the way.

    Addresses are encrypted, so they are read one by one: only mails that wait hold one.
    """

    def __init__(self) -> None:
        super().__init__("tenants.outgoingmail")

    def keys(self, subject: Subject) -> list[Any]:
        addresses = {a.casefold() for channel, a in subject.known.addresses if channel == EMAIL}
        if not addresses:
            return []
        agency_id = brand_of(subject.brand_id).agency_id
        mails = OutgoingMail.objects.filter(subject.until("created_at"), agency_id=agency_id)
        rows = mails.exclude(to="").only("pk", "to")
        return sorted(mail.pk for mail in rows if mail.to.casefold() in addresses)

    def why_blocked(self, keys: Sequence[Any]) -> str:
        if OutgoingMail.objects.filter(pk__in=keys, ended_at=None).exists():
            return _("A mail to the person has not left yet. Its words go when it has.")
        return ""


def copying_tables() -> dict[type[models.Model], list[str]]:
    """Tables whose files are copies of much, made by a job, and their file columns: those that no
    other source takes care of."""
    found = {}
    for table in brand_tables():
        fields = personal_data[table.label].fields
        names = [name for name in file_columns(table.model) if fields[name].erase == "file"]
        if names and table.label not in covered_tables():
            found[table.model] = names
    return found


class ExportFiles:
    """Exports, archives, packs and lists made before: nobody can be taken out of them, so the file
    goes as a whole. Rows, hashes and events stay; each can be asked for again."""

    key = "export_files"
    tables: Sequence[str] = ()
    category = "copies of everything"
    how = Outcome.ERASED
    ground: StrOrPromise = ""
    last = False
    title: StrOrPromise = gettext_lazy("files of exports made earlier")

    def fields(self) -> Mapping[str, Mapping[str, str]]:
        return {"file": {"erase": "file"}}

    def _jobs(self, subject: Subject) -> Iterator[tuple[models.QuerySet[Any], list[str]]]:
        for model, names in copying_tables().items():
            rows = model._default_manager.filter(subject.until("requested_at"))
            yield rows.order_by("pk"), names

    def _with_files(self, subject: Subject) -> list[tuple[Any, list[str]]]:
        found = []
        for rows, names in self._jobs(subject):
            empty = Q(**dict.fromkeys(names, ""))
            found += [(row, names) for row in rows.exclude(empty)]
        return found

    def found(self, subject: Subject) -> Found:
        return Found(len(self._with_files(subject)))

    def rows(self, subject: Subject) -> Iterator[dict[str, Any]]:
        return iter(())

    def erase(self, subject: Subject, *, limit: int, reference: str, actor: Actor) -> Done:
        if any(
            rows.exclude(state__in=EXPORT_ENDS).exists() for rows, _names in self._jobs(subject)
        ):
            return Done(blocked=_("An export is being made. Cancel it or wait for its end."))
        chosen = self._with_files(subject)[:limit]
        for row, names in chosen:
            for name in names:
                if file := getattr(row, name):
                    file.delete(save=False)
            row.save(update_fields=names)
            facts = {"reference": reference}
            record("compliance.export.dropped", row, actor=actor, facts=facts)
        return Done(len(chosen))


class CacheSource:
    """Cached values carry the brand in their key; nobody knows whom they are about, so all go."""

    key = "cache"
    tables: Sequence[str] = ()
    category = "counters and copies for speed"
    how = Outcome.ERASED
    ground: StrOrPromise = ""
    last = True
    title: StrOrPromise = gettext_lazy("cached values")

    def fields(self) -> Mapping[str, Mapping[str, str]]:
        return {"value": {"erase": "row"}}

    def found(self, subject: Subject) -> Found:
        table = str(settings.CACHES["default"].get("LOCATION", ""))
        if "db." not in settings.CACHES["default"]["BACKEND"] or not table:
            return Found(0)
        with connection.cursor() as cursor:
            quoted = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT count(*) FROM {quoted} WHERE cache_key LIKE %s",  # noqa: S608 -- a name from settings
                [f"%{subject.brand_id}%"],
            )
            return Found(cursor.fetchone()[0])

    def rows(self, subject: Subject) -> Iterator[dict[str, Any]]:
        return iter(())

    def erase(self, subject: Subject, *, limit: int, reference: str, actor: Actor) -> Done:
        count = self.found(subject).count
        if count:
            drop_cache(subject.brand_id)
            record(
                "compliance.cache.dropped",
                Brand(pk=subject.brand_id),
                actor=actor,
                facts={"rows": count, "reference": reference},
            )
        return Done(count)
