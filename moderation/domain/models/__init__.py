"""Trained models: calibrated probabilities with the words that brought them about.

They order what people look at and never decide. Trained by ``manage.py train``.
"""

from moderation.domain.models.attention import SIGNAL, Noticed, notice
from moderation.domain.models.scoring import Model, Piece, Scored
from moderation.domain.models.shelf import model_for, score, version
from moderation.domain.models.storage import ModelUnusable

__all__ = [
    "SIGNAL",
    "Model",
    "ModelUnusable",
    "Noticed",
    "Piece",
    "Scored",
    "model_for",
    "notice",
    "score",
    "version",
]
