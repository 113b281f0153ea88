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
from tenants.models.lookups import AnyOf
from tenants.models.onboarding import OnboardingMark
from tenants.models.people import BrandGrant, Membership, ObjectGrant, Role
from tenants.models.post import OutgoingMail
from tenants.models.quota import BrandQuota, QuotaUse
from tenants.models.rotation import SecretRotation
from tenants.models.signin import (
    Invitation,
    SigninPolicy,
    SsoConnection,
    SsoIdentity,
    StaffSession,
)
from tenants.models.support import SupportAccess

__all__ = [
    "Agency",
    "AgencyModel",
    "AnyOf",
    "ApiToken",
    "Brand",
    "BrandGrant",
    "BrandModel",
    "BrandQuota",
    "EncryptedTextField",
    "Invitation",
    "Membership",
    "ObjectGrant",
    "OnboardingMark",
    "OutgoingMail",
    "ProcessHeartbeat",
    "QuotaUse",
    "Role",
    "ScopedQuerySet",
    "SecretRotation",
    "SigninPolicy",
    "SsoConnection",
    "SsoIdentity",
    "StaffSession",
    "SupportAccess",
    "User",
    "uuid7",
]
