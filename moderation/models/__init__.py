"""Policies, assessments, cases, decisions, statements of reasons and appeals."""

from moderation.models.appeals import Appeal
from moderation.models.cases import Assessment, Case, Decision, StatementOfReasons
from moderation.models.lists import WordList, WordListVersion
from moderation.models.policy import PolicyRule

__all__ = [
    "Appeal",
    "Assessment",
    "Case",
    "Decision",
    "PolicyRule",
    "StatementOfReasons",
    "WordList",
    "WordListVersion",
]
