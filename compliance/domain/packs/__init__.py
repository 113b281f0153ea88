"""Packs of evidence: one case, handed to an auditor so that it proves itself."""
