"""Screens of moderation."""

from moderation.admin import (
    appeal,
    case,
    decision,
    licence,
    notice,
    policy,
    quality,
    sample,
    sanction,
    word_list,
)

__all__ = [
    "appeal",
    "case",
    "decision",
    "licence",
    "notice",
    "policy",
    "quality",
    "sample",
    "sanction",
    "word_list",
]
