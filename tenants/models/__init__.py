"""Agency, brand, people, and the bases of everything they own."""

from tenants.models.base import AgencyModel, BrandModel, ScopedQuerySet, uuid7
from tenants.models.directory import (
    Agency,
    ApiToken,
    Brand,
    ProcessHeartbeat,
    User,
)
from tenants.models.encrypted import EncryptedTextField
from tenants.models.people import BrandGrant, Membership, ObjectGrant, Role

__all__ = [
    "Agency",
    "AgencyModel",
    "ApiToken",
    "Brand",
    "BrandGrant",
    "BrandModel",
    "EncryptedTextField",
    "Membership",
    "ObjectGrant",
    "ProcessHeartbeat",
    "Role",
    "ScopedQuerySet",
    "User",
    "uuid7",
]
