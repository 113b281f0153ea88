"""The networks that this installation speaks."""

from inbox.providers.base import Connector
from inbox.providers.bluesky.client import BlueskyConnector
from inbox.providers.facebook.client import FacebookConnector
from inbox.providers.instagram.client import InstagramConnector
from inbox.providers.whatsapp.client import WhatsAppConnector
from inbox.providers.youtube.client import YouTubeConnector

CONNECTORS: dict[str, Connector] = {
    one.channel: one
    for one in (
        WhatsAppConnector(),
        FacebookConnector(),
        InstagramConnector(),
        YouTubeConnector(),
        BlueskyConnector(),
    )
}
"""Connector by channel name. Connectors hold no state, so one of each serves all threads."""
