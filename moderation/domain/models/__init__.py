"""Trained models: calibrated probabilities with the words that brought them about.

They order what people look at and never decide. Trained by ``manage.py train``.
"""

from moderation.domain.models.attention import TrainedModels, scores_by
from moderation.domain.models.scoring import Model, Piece, Scored
from moderation.domain.models.shelf import model_for, score, version
from moderation.domain.models.storage import ModelUnusable

__all__ = [
    "Model",
    "ModelUnusable",
    "Piece",
    "Scored",
    "TrainedModels",
    "model_for",
    "score",
    "scores_by",
    "version",
]
