"""Screens of moderation."""

from moderation.admin import appeal, case, decision, notice, policy, sanction

__all__ = ["appeal", "case", "decision", "notice", "policy", "sanction"]
