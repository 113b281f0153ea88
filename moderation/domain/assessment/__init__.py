"""Assessment of public text by transparent signals, German and English."""

from moderation.domain.assessment.assess import assess_text
from moderation.domain.assessment.background import Background, text_key
from moderation.domain.assessment.brand_lists import BrandList, BrandLists, ListHit
from moderation.domain.assessment.classifier import all_model_scores, model_scores
from moderation.domain.assessment.results import (
    CATEGORIES,
    Assessment,
    CategoryScore,
    Evidence,
    Verdict,
)

__all__ = [
    "CATEGORIES",
    "Assessment",
    "Background",
    "BrandList",
    "BrandLists",
    "CategoryScore",
    "Evidence",
    "ListHit",
    "Verdict",
    "all_model_scores",
    "assess_text",
    "model_scores",
    "text_key",
]
