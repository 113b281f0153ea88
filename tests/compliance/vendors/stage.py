"""A vendor on its way to an approval."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from compliance.choices import CheckItem
from compliance.domain.vendors.evidence import add_evidence
from compliance.domain.vendors.register import add_safeguard, add_vendor, answer_check
from compliance.domain.vendors.review import approve, assess, request_evidence
from compliance.models import Vendor
from tenants.models import Agency, User
from tests.factories.tenants import make_member, make_user


def make_second(agency: Agency) -> User:
    """Somebody else who may decide on vendors."""
    user = make_user("otto")
    make_member(user, agency, "compliance_officer")
    return user


def in_days(days: int) -> date:
    return timezone.now().date() + timedelta(days=days)


def enter(agency: Agency, *, actor: User, **fields: Any) -> Vendor:
    values = {
        "name": "Meta Platforms",
        "services": ["facebook", "whatsapp"],
        "places": ["eu", "us"],
        "contract_status": "signed",
        "contract_on": "2025-05-01",
        "contact_email": "privacy@vendor.test",
    } | fields
    return add_vendor(agency, actor=actor, **values)


def answered(vendor: Vendor, *, actor: User) -> Vendor:
    """In review, every question answered and backed by a link."""
    vendor = request_evidence(vendor, actor=actor)
    for item in CheckItem.values:
        answer_check(vendor, item=item, answer="yes", note="", actor=actor)
        add_evidence(
            vendor, item=item, title="Report", link="https://vendor.test/soc2", actor=actor
        )
    return vendor


def approved(
    agency: Agency, *, first: User, second: User, days: int = 100, **fields: Any
) -> Vendor:
    vendor = answered(enter(agency, actor=first, **fields), actor=first)
    if "us" in vendor.places:
        add_safeguard(
            vendor, mechanism="dpf", dated_on="2024-01-01", reference="DPF list", actor=first
        )
    vendor = assess(vendor, reason="complete", actor=first)
    return approve(vendor, until=in_days(days), reason="fits", actor=second)
