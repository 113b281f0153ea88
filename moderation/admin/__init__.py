"""Screens of moderation."""

from moderation.admin import appeal, case, decision, policy

__all__ = ["appeal", "case", "decision", "policy"]
