"""Start-up of the whole product as one process tree; run with ``python -m engage.startup``.

Nothing in this package imports Django: it prepares the database before Django can use it.
"""
