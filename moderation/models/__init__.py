"""Policies, assessments, cases, decisions, statements of reasons, appeals, the queue."""

from moderation.models.appeals import Appeal
from moderation.models.cases import Assessment, Case, Decision, StatementOfReasons
from moderation.models.policy import PolicyRule
from moderation.models.queue import Exposure, Proposal, QueueSettings

__all__ = [
    "Appeal",
    "Assessment",
    "Case",
    "Decision",
    "Exposure",
    "PolicyRule",
    "Proposal",
    "QueueSettings",
    "StatementOfReasons",
]
