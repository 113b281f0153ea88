"""Statements of reasons in the form of the EU DSA transparency database, schema version 2.

A brand that hides comments on its page is normally not the hosting provider; the files are shaped
like the database's records and claim nothing beyond that.
"""
