"""Measurements of the product, each next to a baseline of the same run on the same machine.

``make bench`` runs them all; ``python -m bench webhook export --quick`` runs some, faster. One file
per measurement; its docstring says what is measured and how.
"""
