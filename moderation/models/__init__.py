"""Policies, assessments, cases, decisions, statements, sanctions, appeals and notices."""

from moderation.models.appeals import Appeal
from moderation.models.cases import Assessment, Case, Decision, StatementOfReasons
from moderation.models.notices import Notice, ReporterStanding
from moderation.models.policy import PolicyRule
from moderation.models.sanctions import Sanction

__all__ = [
    "Appeal",
    "Assessment",
    "Case",
    "Decision",
    "Notice",
    "PolicyRule",
    "ReporterStanding",
    "Sanction",
    "StatementOfReasons",
]
