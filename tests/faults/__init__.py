"""Faults: an installation of its own is hurt under load, and everything is counted afterwards."""
