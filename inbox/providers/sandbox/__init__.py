"""The sandbox network: a small server of ours that behaves like the networks do.

Brands test their flows in it before they go live; the demo and the tests use it too. It speaks
the same endpoints, refuses what the networks refuse and posts signed webhooks back.
"""

KEY_HEADER = "X-Sandbox-Key"
"""Carries the key of the control side."""
