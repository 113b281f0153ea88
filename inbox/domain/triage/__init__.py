"""Triage of inbound text by transparent word lists, German and English."""

from inbox.domain.triage.classify import classify
from inbox.domain.triage.results import INTENTS, Intent, Sentiment, Span, TriageResult

__all__ = ["INTENTS", "Intent", "Sentiment", "Span", "TriageResult", "classify"]
