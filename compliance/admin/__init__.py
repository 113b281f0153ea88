"""Screens of compliance."""

from compliance.admin import consent, event, export, field_change, jobs

__all__ = ["consent", "event", "export", "field_change", "jobs"]
