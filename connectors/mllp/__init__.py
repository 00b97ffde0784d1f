"""HL7 v2 over MLLP: takes messages on a port, sends them to one, and lets a person send some by hand.

HL7 v2 Transport Specification: MLLP, Release 1. Framing is hub.codec.mllp; here are the sockets.
"""

from connectors.mllp.client import MllpClient
from connectors.mllp.destination import MllpDestination
from connectors.mllp.limits import SETTINGS, Limits
from connectors.mllp.source import MllpSource
from hub.sdk import ConnectorSpec

__all__ = ["SPEC", "MllpClient", "MllpDestination", "MllpSource"]

SPEC = ConnectorSpec(
    name="mllp",
    summary="HL7 v2 over MLLP (TCP)",
    settings=SETTINGS,
    source=lambda settings: MllpSource(settings["listen"], Limits.of(settings)),
    destination=lambda settings: MllpDestination(settings["connect"], Limits.of(settings)),
    client=MllpClient,
    answers_twice=True,
)
