"""Screens of compliance."""

from compliance.admin import (
    brand_export,
    closing_jobs,
    consent,
    event,
    export,
    field_change,
    hold,
    jobs,
    offboarding,
    requests,
    rules,
)

__all__ = [
    "brand_export",
    "closing_jobs",
    "consent",
    "event",
    "export",
    "field_change",
    "hold",
    "jobs",
    "offboarding",
    "requests",
    "rules",
]
