"""Agency, brand, people, and the bases of everything they own."""

from tenants.models.base import AgencyModel, BrandModel, ScopedQuerySet, uuid7
from tenants.models.directory import (
    Agency,
    ApiToken,
    Brand,
    Membership,
    ProcessHeartbeat,
    User,
)
from tenants.models.encrypted import EncryptedTextField

__all__ = [
    "Agency",
    "AgencyModel",
    "ApiToken",
    "Brand",
    "BrandModel",
    "EncryptedTextField",
    "Membership",
    "ProcessHeartbeat",
    "ScopedQuerySet",
    "User",
    "uuid7",
]
