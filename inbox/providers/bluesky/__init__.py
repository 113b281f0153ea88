"""Bluesky: replies to the posts of an account, on the AT Protocol."""
