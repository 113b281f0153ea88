"""The networks that this installation speaks."""

from inbox.providers.base import Connector
from inbox.providers.facebook.client import FacebookConnector
from inbox.providers.instagram.client import InstagramConnector
from inbox.providers.whatsapp.client import WhatsAppConnector

CONNECTORS: dict[str, Connector] = {
    one.channel: one for one in (WhatsAppConnector(), FacebookConnector(), InstagramConnector())
}
"""Connector by channel name. Connectors hold no state, so one of each serves all threads."""
