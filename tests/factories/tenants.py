"""Dull rows of the directory. Brand and agency are always explicit."""

from typing import Any

from tenants.models import Agency, Brand, Membership, User


def make_agency(slug: str, **fields: Any) -> Agency:
    return Agency.objects.create(slug=slug, **{"name": slug.title()} | fields)


def make_brand(agency: Agency, slug: str, **fields: Any) -> Brand:
    return Brand.objects.create(
        agency=agency, slug=slug, **{"name": slug.title(), "state": "live"} | fields
    )


def make_user(name: str, **fields: Any) -> User:
    return User.objects.create_user(
        f"{name}@example.test", "correct horse", **{"name": name.title()} | fields
    )


def make_member(user: User, agency: Agency, role: str, brand: Brand | None = None) -> Membership:
    user.__dict__.pop("_memberships", None)
    return Membership.objects.create(user=user, agency=agency, brand=brand, role=role)
