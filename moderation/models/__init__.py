"""Policies, assessments, the queue, decisions, sanctions, appeals, notices, licences, samples."""

from moderation.models.appeals import Appeal
from moderation.models.cases import Assessment, Case, Decision, StatementOfReasons
from moderation.models.licence import HidingLicence, LicenceStep
from moderation.models.lists import WordList, WordListVersion
from moderation.models.notices import Notice, ReporterStanding
from moderation.models.policy import PolicyDraft, PolicyRule
from moderation.models.quality import QualityAlarm, QualityRun, QualitySample, SampleReview
from moderation.models.queue import Exposure, Proposal, QueueSettings
from moderation.models.sanctions import Sanction

__all__ = [
    "Appeal",
    "Assessment",
    "Case",
    "Decision",
    "Exposure",
    "HidingLicence",
    "LicenceStep",
    "Notice",
    "PolicyDraft",
    "PolicyRule",
    "Proposal",
    "QualityAlarm",
    "QualityRun",
    "QualitySample",
    "QueueSettings",
    "ReporterStanding",
    "SampleReview",
    "Sanction",
    "StatementOfReasons",
    "WordList",
    "WordListVersion",
]
