"""Dull rows of the directory. Brand and agency are always explicit."""

from typing import Any

from tenants.domain.agencies import install_roles
from tenants.models import Agency, Brand, Membership, Role, User
from tenants.permissions import forget_rights


def make_agency(slug: str, **fields: Any) -> Agency:
    agency = Agency.objects.create(slug=slug, **{"name": slug.title()} | fields)
    install_roles(agency)
    return agency


def make_brand(agency: Agency, slug: str, **fields: Any) -> Brand:
    return Brand.objects.create(
        agency=agency, slug=slug, **{"name": slug.title(), "state": "live"} | fields
    )


def speaks_english(brand: Brand) -> Brand:
    """What is written down for the brand is in English from here on."""
    brand.language = "en"
    brand.save(update_fields=["language"])
    return brand


def make_user(name: str, **fields: Any) -> User:
    return User.objects.create_user(
        f"{name}@example.test", "correct horse", **{"name": name.title()} | fields
    )


def make_member(user: User, agency: Agency, role: str, brand: Brand | None = None) -> Membership:
    """``role``: the key of one of the agency's roles."""
    forget_rights(user)
    found = Role.objects.get(agency=agency, key=role)
    return Membership.objects.create(user=user, agency=agency, brand=brand, role=found)
