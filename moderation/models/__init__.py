"""Policies, assessments, cases, decisions, statements of reasons, appeals, licences, samples."""

from moderation.models.appeals import Appeal
from moderation.models.cases import Assessment, Case, Decision, StatementOfReasons
from moderation.models.licence import HidingLicence, LicenceStep
from moderation.models.lists import WordList, WordListVersion
from moderation.models.policy import PolicyRule
from moderation.models.quality import QualityAlarm, QualityRun, QualitySample, SampleReview

__all__ = [
    "Appeal",
    "Assessment",
    "Case",
    "Decision",
    "HidingLicence",
    "LicenceStep",
    "PolicyRule",
    "QualityAlarm",
    "QualityRun",
    "QualitySample",
    "SampleReview",
    "StatementOfReasons",
    "WordList",
    "WordListVersion",
]
