"""Screens of moderation."""

from moderation.admin import (
    appeal,
    case,
    decision,
    licence,
    policy,
    quality,
    sample,
    word_list,
)

__all__ = [
    "appeal",
    "case",
    "decision",
    "licence",
    "policy",
    "quality",
    "sample",
    "word_list",
]
