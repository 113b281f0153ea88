"""Assessment of public text by transparent signals, German and English."""

from moderation.domain.assessment.assess import assess_text
from moderation.domain.assessment.results import (
    CATEGORIES,
    Assessment,
    CategoryScore,
    Evidence,
    Verdict,
)

__all__ = ["CATEGORIES", "Assessment", "CategoryScore", "Evidence", "Verdict", "assess_text"]
