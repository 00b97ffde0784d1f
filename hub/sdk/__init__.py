"""All that a connector may see.

A connector is a Source (brings messages), a Destination (takes them) or an HttpMount (a path on the hub's HTTP server).
It registers a ConnectorSpec under the entry point group `calder.connectors`. It never sees the store, the maps or the record.
"""

from hub.sdk.connector import Client, ConnectorSpec, Destination, HttpMount, Intake, Setting, Source
from hub.sdk.message import Exchange, Message, Outbound, Outcome, Receipt, Taken

__all__ = [
    "Client",
    "ConnectorSpec",
    "Destination",
    "Exchange",
    "HttpMount",
    "Intake",
    "Message",
    "Outbound",
    "Outcome",
    "Receipt",
    "Setting",
    "Source",
    "Taken",
]
