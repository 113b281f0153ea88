"""Packs of evidence."""
