"""Screens of compliance."""

from compliance.admin import consent, event, export, field_change

__all__ = ["consent", "event", "export", "field_change"]
