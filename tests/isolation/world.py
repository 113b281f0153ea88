"""Three brands with a row in every table, each text marked with the brand it belongs to.

Rows are made from the models themselves, so a table that is added tomorrow is in the world.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from auditlog.context import disable_auditlog
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from compliance.domain.audit import record
from compliance.domain.keys import signing_key
from compliance.domain.platform_tree import latest_platform_checkpoint, seal_platform
from compliance.domain.sequencer import seal
from compliance.models import AuditEvent, SigningKey
from inbox.models import ChannelApp
from tenants.actors import SystemActor
from tenants.domain.agencies import own_brand
from tenants.models import Agency, AgencyModel, Brand, BrandModel, Role, User
from tenants.scope import agency_scope, brand_scope
from tests.factories.tenants import make_member, make_user

TESTS = SystemActor("system", "tests")
# Written by the ledger itself; a made-up row would break the proofs that pages show.
LEDGER = {
    "compliance.auditevent",
    "compliance.auditdetail",
    "compliance.auditpending",
    "compliance.auditleaf",
    "compliance.audittree",
    "compliance.checkpoint",
}


def marker(owner: Brand | Agency) -> str:
    """The word in every text of a brand, or of what an agency owns beside its brands."""
    return f"leak-{'agency-' if isinstance(owner, Agency) else ''}{owner.slug}"


@dataclass(slots=True)
class World:
    """``rows``: the planted row by brand slug and model label; ``staff``: a person of each."""

    brands: dict[str, Brand] = field(default_factory=dict)
    rows: dict[tuple[str, str], models.Model] = field(default_factory=dict)
    staff: dict[str, User] = field(default_factory=dict)

    def ids_of(self, brand: str) -> set[UUID | int]:
        return {row.pk for (slug, _label), row in self.rows.items() if slug == brand}

    def row(self, brand: str, label: str) -> models.Model | None:
        return self.rows.get((brand, label.lower()))

    def uuid_of(self, brand: str, label: str) -> Any:
        found = self.row(brand, label)
        return None if found is None else found.pk


def build(brands: Iterable[Brand]) -> World:
    """Plant every table of every brand."""
    world = World()
    for brand in brands:
        world.brands[brand.slug] = brand
        staff = make_user(f"staff.{brand.slug}")
        User.objects.filter(pk=staff.pk).update(name=f"Staff {marker(brand)}")
        make_member(staff, brand.agency, "analyst", brand)
        world.staff[brand.slug] = staff
        own_brand(brand.agency)
        signing_key()
        with disable_auditlog(), brand_scope(brand.pk):
            _ledger(world, brand)
            for model in apps.get_models():
                if issubclass(model, BrandModel) or getattr(model, "row_security", "") == "brand":
                    plant(world, model, brand)
            _directory(world, brand)
        with agency_scope(brand.agency_id):
            for model in apps.get_models():
                if issubclass(model, AgencyModel):
                    plant(world, model, brand)
    return world


def _directory(world: World, brand: Brand) -> None:
    """What lies before the scope and still belongs to a brand: tokens, grants, invitations …"""
    world.rows[(brand.slug, "tenants.brand")] = brand
    world.rows[(brand.slug, "tenants.user")] = world.staff[brand.slug]
    member = world.staff[brand.slug].memberships.get()
    world.rows[(brand.slug, "tenants.membership")] = member
    for model in apps.get_models():
        fields = {f.name: f for f in model._meta.concrete_fields}
        of_brand = "brand" in fields and not issubclass(model, BrandModel)
        if of_brand and getattr(model, "row_security", "") != "brand":
            plant(world, model, brand)


def _ledger(world: World, brand: Brand) -> None:
    for number in (1, 2):
        record(
            "tenants.brand.changed",
            brand,
            actor=TESTS,
            reason=f"because of {marker(brand)}",
            after={"name": f"{marker(brand)} {number}"},
        )
        if number == 1:
            seal(brand.pk)
    for label in LEDGER:
        row = apps.get_model(label).objects.order_by("pk").first()
        assert row is not None, label
        world.rows[(brand.slug, label)] = row


def plant(world: World, model: type[models.Model], brand: Brand) -> models.Model:
    """One row of ``model``, with all it points to."""
    key = (brand.slug, model._meta.label_lower)
    if key not in world.rows:
        row = model(**{f.name: _value(world, f, brand) for f in _filled(model)})
        row.save(force_insert=True)
        world.rows[key] = row
    return world.rows[key]


def _filled(model: type[models.Model]) -> list[Any]:
    return [f for f in model._meta.concrete_fields if not f.primary_key]


# What the pages need to be able to show a row, and what the checks of the tables ask.
FIXED: dict[str, Callable[[World, Brand], Any]] = {
    "compliance.anchorrecord.checkpoint": lambda _world, _brand: (
        latest_platform_checkpoint() or seal_platform(looks_at_all=True)
    ),
    "compliance.anchorrecord.sink": lambda _world, brand: brand.slug,
    "compliance.auditexport.checkpoint": lambda world, brand: world.row(
        brand.slug, "compliance.checkpoint"
    ),
    "compliance.auditexport.state": lambda _world, _brand: "done",
    "compliance.branderasure.certificate": lambda _world, _brand: "",
    "compliance.datarequest.certificate": lambda _world, _brand: "",
    "compliance.fieldchange.changes": lambda _world, brand: {"name": [marker(brand), "x"]},
    "compliance.retentionrun.receipt": lambda _world, _brand: "",
    "compliance.transferday.ground": lambda _world, _brand: "scc",
    "compliance.vendor.approved_by": lambda _world, _brand: None,
    "compliance.vendor.sub_processors": lambda _world, brand: f"{marker(brand)}; us; mail",
    "inbox.receiveddelivery.body": lambda _world, brand: marker(brand.agency).encode(),
    "inbox.outboxitem.state": lambda _world, _brand: "held",
    "moderation.appeal.decided_at": lambda _world, _brand: None,
    "moderation.appeal.decided_by": lambda _world, _brand: None,
    "moderation.appeal.outcome": lambda _world, _brand: "",
    "moderation.case.state": lambda _world, _brand: "open",
    "moderation.samplereview.finding": lambda _world, _brand: "breaks",
    "moderation.sanction.end": lambda _world, _brand: "",
    "moderation.sanction.until": lambda _world, _brand: timezone.now(),
}


def _value(world: World, f: Any, brand: Brand) -> Any:
    name = f"{f.model._meta.label_lower}.{f.name}"
    if name in FIXED:
        return FIXED[name](world, brand)
    if isinstance(f, models.ForeignKey):
        return _linked(world, f, brand)
    if f.choices:
        return f.get_default() or f.flatchoices[0][0]
    owner: Brand | Agency = brand.agency if issubclass(f.model, AgencyModel) else brand
    word = f"{marker(owner)} {f.name}"
    if isinstance(f, models.FileField):
        return ContentFile(word.encode(), name=f"{brand.slug}.txt")
    if isinstance(f, models.EmailField):
        return f"{marker(owner)}@example.test"
    if isinstance(f, models.URLField):
        return f"https://{marker(owner)}.example.test/"
    if f.name.endswith("sha256"):
        return sha256(word.encode()).hexdigest()
    if isinstance(f, models.CharField | models.TextField):
        room = f.max_length
        return word[:room] if room is None or room >= len(marker(owner)) else "x"[:room]
    return _plain(f, word)


def _plain(f: Any, word: str) -> Any:
    if isinstance(f, models.BinaryField):
        return word.encode()
    if f.has_default():
        return f.get_default()
    if f.null:
        return None
    if isinstance(f, models.DateTimeField):
        return timezone.now()
    if isinstance(f, models.DateField):
        return timezone.now().date()
    if isinstance(f, models.JSONField):
        return {}
    if isinstance(f, ArrayField):
        return []
    if isinstance(f, models.BooleanField):
        return False
    if isinstance(f, models.UUIDField):
        return uuid5(NAMESPACE_URL, word)
    return 1


def _linked(world: World, f: Any, brand: Brand) -> Any:
    target = f.related_model
    if target is Brand:
        return brand
    if target is Agency:
        return brand.agency
    if target is User:
        return world.staff[brand.slug]
    if target is f.model:
        return None
    if target is Role:
        return Role.objects.get(agency=brand.agency, key="analyst")
    if target is Permission:
        kind = ContentType.objects.get_for_model(
            f.model._meta.get_field("content_object").related_model
        )
        return Permission.objects.get(content_type=kind, codename="reporting.today.view")
    if target is ContentType:
        return ContentType.objects.get_for_model(AuditEvent)
    if target is SigningKey:
        return signing_key()
    if target is ChannelApp:
        return ChannelApp.objects.filter(agency=brand.agency).first() or ChannelApp.objects.create(
            agency=brand.agency,
            channel="facebook",
            name=f"app of {brand.agency.slug}",
            app_secret="app-secret",
            verify_token="verify",
        )
    if issubclass(target, BrandModel):
        return plant(world, target, brand)
    if f.null:
        return None
    raise AssertionError(f"{f}: say in FIXED what it points to")
