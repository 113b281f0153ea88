"""Plants two people, erases one, searches everything, and says what was found."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from compliance.domain.keys import signing_key
from compliance.domain.subjects import erasing, plans
from compliance.domain.subjects.other_sources import copying_tables
from compliance.domain.subjects.sources import source_of
from compliance.domain.subjects.subject import Done, Subject, subject_of
from compliance.models import LegalHold
from inbox.models import Contact
from tenants.actors import SystemActor
from tenants.domain.agencies import own_brand
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.canary.planting import GONE, PEOPLE, STAYS, Planter, expected
from tests.canary.searching import Haystack, search
from tests.canary.words import Canary, Words
from tests.compliance.subjects.stage import LENA, MAX, Stage, build, write_all
from tests.factories.tenants import make_member, make_user
from tests.isolation import world as isolation
from tests.isolation.world import World

REFERENCE = "art17.canary"
FLOOR = 100
"""Canaries of the erased person; a search for less proves nothing."""
SABOTAGED = "inbox.message"
TESTS = SystemActor("system", "tests")


@dataclass
class Report:
    """``missing``: fields of the map that got no canary. ``found``: undeclared places of the erased
    person's canaries. ``unseen``: canaries that the search had not found before the erasure
    either, so it would have looked past them. ``lost``: the other person's canaries that are gone.
    ``bites``: what a sabotaged erasure left."""

    planted: int = 0
    missing: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    retained: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    bites: list[str] = field(default_factory=list)
    blocked: dict[str, str] = field(default_factory=dict)
    others: int = 0
    lines: int = 0
    opened: int = 0
    files: int = 0

    @property
    def line(self) -> str:
        return (
            f"canaries {self.planted}, found {len(self.found)},"
            f" retained {len(self.retained)} (declared)"
        )

    @property
    def problems(self) -> list[str]:
        told = [f"found: {place}" for place in self.found]
        told += [f"not planted: {place}" for place in self.missing]
        told += [f"never seen: {place}" for place in self.unseen]
        told += [f"another person's is lost: {place}" for place in self.lost]
        told += [f"blocked: {key}: {why}" for key, why in self.blocked.items()]
        if self.planted < FLOOR:
            told.append(f"only {self.planted} canaries, fewer than {FLOOR}")
        if not self.bites:
            told.append(f"the search did not notice that {SABOTAGED} was left out")
        return told


class Proof:
    """One brand with two people in it, ``gone`` and ``stays``."""

    def __init__(self, brand: Brand, *, database: str) -> None:
        self.brand, self.database = brand, database
        self.words = Words()
        self.planters: dict[str, Planter] = {}
        self.subjects: dict[str, Subject] = {}

    def scope(self) -> Any:
        return brand_scope(self.brand.pk, agency_ids=[self.brand.agency_id])

    @property
    def folders(self) -> list[Path]:
        return [Path(settings.MEDIA_ROOT), Path(settings.DATA_DIR)]

    def plant(self) -> None:
        shared = self._shared()
        with self.scope():
            for person in PEOPLE:
                planter = Planter(person, self.brand, shared, self.words)
                planter.plant()
                self.planters[person] = planter
            LegalHold.objects.filter(released_at=None).update(released_at="2026-01-01T00:00:00Z")
            self._files(shared)
        stage = build(self.brand)
        for person, writer in ((GONE, LENA), (STAYS, MAX)):
            write_all(stage, writer)
            for name, word in self._said(writer):
                self.words.note(person, "network", name, "personal", word=word)
            self.subjects[person] = self._subject(stage, person, writer.word)

    def _shared(self) -> World:
        """What is nobody's: staff, accounts, rules; planted where something points to it."""
        shared = World()
        staff = make_user(f"staff.{self.brand.slug}")
        make_member(staff, self.brand.agency, "analyst", self.brand)
        shared.brands[self.brand.slug], shared.staff[self.brand.slug] = self.brand, staff
        own_brand(self.brand.agency)
        signing_key()
        return shared

    def _said(self, writer: Any) -> Iterator[tuple[str, str]]:
        """What came in by the networks: wherever it has got to, it must go."""
        yield "name", writer.name
        yield "word", writer.word
        yield "number", writer.number
        yield "user id", writer.user_id
        yield "page id", f'"{writer.page_id}"'

    def _subject(self, stage: Stage, person: str, word: str) -> Subject:
        with stage.scope():
            contacts = set(Contact.objects.filter(name__contains=word).values_list("pk", flat=True))
        planter = self.planters[person]
        return subject_of(self.brand.pk, {*contacts, planter.contact.pk}, emails=[planter.email])

    def _files(self, shared: World) -> None:
        """Exports, packs and lists that were made earlier: nobody knows who is in them."""
        for model, names in copying_tables().items():
            isolation.plant(shared, model, self.brand)
            model._default_manager.update(state="done", requested_at=timezone.now())
            for row in model._default_manager.all():
                for name in names:
                    word = self.words.word()
                    getattr(row, name).save("x", ContentFile(word.encode()))
                    self.words.note(GONE, model._meta.label_lower, name, "shared", word=word)

    def erase(self) -> erasing.Results:
        subject = self.subjects[GONE]
        plan = plans.make_plan(subject)
        return erasing.execute(plan, subject, reference=REFERENCE, actor=TESTS)

    def look(self, canaries: list[Canary]) -> Haystack:
        words = [canary.word for canary in canaries]
        return search(words, database=self.database, folders=self.folders)

    def of(self, person: str) -> list[Canary]:
        return [canary for canary in self.words.canaries if canary.person == person]

    def still_there(self, canary: Canary, hay: Haystack) -> set[str]:
        """Tables and files that hold it."""
        if canary.word:
            return set(hay.places.get(canary.word.casefold(), ()))
        row = self.planters[canary.person].rows[canary.label]
        with self.scope():
            there = type(row)._base_manager.filter(pk=row.pk, **{canary.field: canary.value})
            return {row._meta.db_table} if there.exists() else set()


def run(brand: Brand, *, database: str) -> Report:
    """The whole proof. Real commits; the brand is spoilt afterwards."""
    proof, report = Proof(brand, database=database), Report()
    proof.plant()
    report.missing = sorted(expected() - {canary.place for canary in proof.of(GONE)})
    everybody = proof.look(proof.words.canaries)
    report.unseen = [
        canary.place for canary in proof.words.canaries if not proof.still_there(canary, everybody)
    ]
    with sabotaged(SABOTAGED):
        proof.erase()
    left = proof.look(proof.of(GONE))
    report.bites = sorted(
        canary.place
        for canary in proof.of(GONE)
        if canary.label == SABOTAGED
        and canary.kind == "personal"
        and proof.still_there(canary, left)
    )
    report.blocked = proof.erase().blocked
    _judge(proof, report)
    return report


def _judge(proof: Proof, report: Report) -> None:
    hay = proof.look(proof.words.canaries)
    report.lines, report.opened, report.files = hay.lines, hay.opened, hay.files
    for canary in proof.of(GONE):
        report.planted += 1
        places = proof.still_there(canary, hay)
        own = apps.get_model(canary.label)._meta.db_table if canary.kind == "retained" else ""
        if own in places:
            report.retained.append(canary.place)
        report.found += [f"{canary.place} in {place}" for place in sorted(places - {own})]
    for canary in proof.of(STAYS):
        report.others += 1
        if canary.kind != "shared" and not proof.still_there(canary, hay):
            report.lost.append(canary.place)


@contextmanager
def sabotaged(key: str) -> Iterator[None]:
    """The source says that it is done and does nothing."""
    source = source_of(key)
    with patch.object(type(source), "erase", _but(source, type(source).erase)):
        yield


def _but(skipped: Any, real: Any) -> Any:
    def erase(self: Any, *args: Any, **options: Any) -> Done:
        found: Done = Done() if self is skipped else real(self, *args, **options)
        return found

    return erase
