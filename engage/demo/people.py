"""The demo's agencies, brands and people. Secrets derive from SECRET_KEY, never written down."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from tenants.actors import SystemActor
from tenants.choices import RoleKey
from tenants.domain.agencies import create_agency, role_of
from tenants.domain.brands import create_brand, open_brand
from tenants.domain.members import add_member
from tenants.domain.profile import DAYS
from tenants.domain.tokens import PREFIX
from tenants.models import Agency, ApiToken, Brand, User
from tenants.registries import audit
from tenants.scope import brand_scope

DEMO = SystemActor("system", "demo")


@dataclass(frozen=True, slots=True)
class Place:
    agency: str
    agency_name: str
    brand: str
    brand_name: str
    language: str
    sector: str

    @property
    def workspace(self) -> str:
        return f"{self.agency}/{self.brand}"


@dataclass(frozen=True, slots=True)
class Person:
    """``workspace`` is ``agency`` for people of the whole agency, empty for nobody's."""

    key: str
    name: str
    role: RoleKey | None
    workspace: str
    language: str


PLACES = (
    Place("acme", "Acme Social", "north", "Nordwerk", "de", "retail"),
    Place("acme", "Acme Social", "south", "Südrösterei", "de", "retail"),
    Place("globex", "Globex Media", "main", "Globex Suite", "en", "b2b_saas"),
)
PEOPLE = (
    Person("olga", "Olga Owner", RoleKey.OWNER, "acme", "en"),
    Person("ada", "Ada Adler", RoleKey.COMMUNITY_MANAGER, "acme/north", "en"),
    Person("jonas", "Jonas Jung", RoleKey.COMMUNITY_MANAGER, "acme/south", "de"),
    Person("mo", "Mo Modrow", RoleKey.MODERATOR, "acme/north", "de"),
    Person("aud", "Audra Auer", RoleKey.COMPLIANCE_OFFICER, "acme/north", "en"),
    Person("vic", "Vic Viewer", RoleKey.CLIENT_VIEWER, "acme/north", "de"),
    Person("gus", "Gus Globex", RoleKey.OWNER, "globex", "en"),
    Person("eve", "Eve Nowhere", None, "", "en"),
)
TOKEN_CAPABILITIES = [
    "compliance.audit.view",
    "inbox.channel.view",
    "inbox.conversation.view",
    "inbox.conversation.work",
    "inbox.reply.send",
    "moderation.case.view",
]


def derived(*parts: str, length: int = 24) -> str:
    """A secret of this installation's demo: the same on every run, different elsewhere."""
    text = "demo|" + "|".join(parts)
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[
        :length
    ]


def email_of(person: Person) -> str:
    return f"{person.key}@example.test"


def password_of(person: Person) -> str:
    code = derived("password", person.key, length=12)
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def make_places() -> dict[str, Brand]:
    """Agencies and brands; returns brands by workspace. Idempotent."""
    brands: dict[str, Brand] = {}
    for place in PLACES:
        agency = Agency.objects.filter(slug=place.agency).first() or create_agency(
            slug=place.agency, name=place.agency_name, actor=DEMO
        )
        brand = Brand.objects.filter(agency=agency, slug=place.brand).first()
        if brand is None:
            brand = _take_on(agency, place)
        brand.agency = agency
        brands[place.workspace] = brand
    return brands


def _take_on(agency: Agency, place: Place) -> Brand:
    """A live brand. What the sandbox test would show is in the demo's own traffic."""
    with transaction.atomic():
        brand = create_brand(
            agency,
            slug=place.brand,
            name=place.brand_name,
            actor=DEMO,
            legal_name=f"{place.brand_name} GmbH",
            contact_email=f"privacy@{place.brand}.example",
            sector=place.sector,
            language=place.language,
            business_hours=dict.fromkeys(DAYS[:5], "09:00-17:30"),
            holiday_country="DE",
        )
    with brand_scope(brand.pk):
        return open_brand(brand, actor=DEMO)


def make_people(brands: dict[str, Brand]) -> dict[str, User]:
    """The cast with their memberships; returns people by key. Idempotent."""
    users: dict[str, User] = {}
    agencies = {brand.agency.slug: brand.agency for brand in brands.values()}
    for person in PEOPLE:
        user = User.objects.filter(email=email_of(person)).first()
        if user is None:
            user = User.objects.create_user(
                email_of(person), password_of(person), name=person.name, language=person.language
            )
        users[person.key] = user
        if person.role is None:
            continue
        brand = brands.get(person.workspace)
        agency = brand.agency if brand else agencies[person.workspace]
        role = role_of(agency, person.role)
        add_member(user, agency=agency, brand=brand, role=role, actor=DEMO)
    return users


def make_token(brand: Brand, *, owner: User, now: datetime) -> str:
    """The demo's API token of a brand, in plain text. Idempotent."""
    plain = PREFIX + derived("token", brand.workspace, length=48)
    with brand_scope(brand.pk), transaction.atomic():
        token, is_new = ApiToken.objects.get_or_create(
            token_sha256=ApiToken.hashed(plain),
            defaults={
                "brand": brand,
                "name": "demo",
                "capabilities": TOKEN_CAPABILITIES,
                "created_by": owner,
                "created_at": now,
            },
        )
        if is_new:
            after = {"capabilities": TOKEN_CAPABILITIES}
            audit("tenants.token.issued", token, actor=DEMO, after=after)
    return plain
