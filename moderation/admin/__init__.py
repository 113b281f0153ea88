"""Screens of moderation."""

from moderation.admin import appeal, case, decision, policy, word_list

__all__ = ["appeal", "case", "decision", "policy", "word_list"]
