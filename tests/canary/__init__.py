"""Proof of erasure by search: a word in each personal field, an erasure, a search of all."""
