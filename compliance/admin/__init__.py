"""Screens of compliance."""

from compliance.admin import (
    brand_export,
    closing_jobs,
    consent,
    event,
    export,
    field_change,
    hold,
    integrity,
    jobs,
    offboarding,
    requests,
    rules,
    secrets_list,
)

__all__ = [
    "brand_export",
    "closing_jobs",
    "consent",
    "event",
    "export",
    "field_change",
    "hold",
    "integrity",
    "jobs",
    "offboarding",
    "requests",
    "retention",
    "retention_run",
    "rules",
    "secrets_list",
]
