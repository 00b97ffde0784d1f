"""The values that go into and come out of a store: plain facts, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hub.core.lifecycle import AckOutcome, DeliveryState, MessageState
from hub.fhir.search.entries import Entry


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it is to be archived: the bytes exactly as received, and what could be read of them."""

    source: str
    body: bytes
    digest: bytes  # SHA-256 of body
    received: datetime
    control_id: str | None = None  # MSH-10
    message_type: str | None = None  # "ADT^A01"
    peer: str | None = None
    media_type: str = "application/hl7-v2"


@dataclass(frozen=True, slots=True)
class Receipt:
    """An archived message and where it stands. `id` is the message's id for people and commands."""

    id: int
    source: str
    control_id: str | None
    message_type: str | None
    digest: bytes
    received: datetime
    state: MessageState
    reason: str | None  # why refused, parked, skipped or filtered: codes and places, never values
    answer: bytes | None  # what the sender was told
    ack_code: str | None  # AA AE AR CA CE CR
    ack_outcome: AckOutcome
    map_set: str | None  # content hash of the map set that ran
    person: str | None  # logical id of the Patient it is about, when known
    lane: str | None
    media_type: str = "application/hl7-v2"


@dataclass(frozen=True, slots=True)
class ApplicationAnswer:
    """The second answer to a message, where its receipt holds the first (enhanced mode). code: AA AE AR."""

    code: str
    answer: bytes
    outcome: AckOutcome


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one resource. `body` is the bytes that are served, meta included.

    person: the Patient in whose compartment it lives (a Patient lives in its own). labels: meta.security codes.
    deleted: body is empty.
    """

    type: str
    id: str
    version: int
    updated: datetime
    body: bytes
    person: str | None = None
    labels: frozenset[str] = frozenset()
    deleted: bool = False
    receipt: int | None = None  # the message that made it
    rule: str | None = None  # "oru_r01.result" when a map made it
    map_set: str | None = None
    interaction: str = "update"  # create | update | delete


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to be written, with what it contributes to the index."""

    version: Version
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what to whose record: one row for each patient and interaction, durable before the answer."""

    at: datetime
    client: str
    organisation: str | None
    user: str | None
    purpose: str
    action: str  # C R U D E, as AuditEvent.action
    interaction: str  # read search create ... or an operation "$emergency-care"
    outcome: str  # "0" done, "4" refused, "8" failed (AuditEvent.outcome)
    person: str | None = None
    resource: str | None = None  # "Observation/abc"; never a query value
    basis: str = ""  # what permitted it
    receipt: int | None = None


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """Something owed to a destination. `lane` keeps its order there; None has no order to keep."""

    destination: str
    type: str
    id: str
    version: int
    map_name: str
    due: datetime
    lane: str | None = None
    person: str | None = None
    receipt: int | None = None  # the message that caused it


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery and where it stands. holds: dead, and its lane waits for a person. discarded: dead, and a person has put it aside."""

    id: int
    destination: str
    type: str
    resource_id: str
    version: int
    map_name: str
    lane: str | None
    state: DeliveryState
    attempts: int
    not_before: datetime
    first_due: datetime
    reason: str | None = None
    receipt: int | None = None
    holds: bool = False
    discarded: bool = False


class IncidentKind(StrEnum):
    """What has stopped."""

    LANE = "lane"  # a message is parked: those behind it wait
    SOURCE = "source"  # it takes nothing more
    DESTINATION = "destination"  # what is owed to it dies


@dataclass(frozen=True, slots=True)
class NewIncident:
    """Something has stopped and needs a person. subject: the lane, or the name of the source or destination."""

    kind: IncidentKind
    subject: str
    name: str  # of the source or destination
    opened: datetime
    receipt: int | None = None  # the message that it began with
    reasons: str | None = None  # diagnostic codes


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident and where it stands. opening_told, closing_told: whether the alert of it has been given."""

    id: int
    kind: IncidentKind
    subject: str
    name: str
    receipt: int | None
    reasons: str | None
    opened: datetime
    closed: datetime | None
    opening_told: bool
    closing_told: bool


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Messages of a source, or deliveries to a destination, that stand in one state and wait: how many, and since when the oldest."""

    name: str
    state: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What waits, read at the price of what waits and never of what was ever kept. received, owed: counted on arrival, by name."""

    received: Mapping[str, int]
    owed: Mapping[str, int]
    messages: tuple[Unfinished, ...]  # pending, parked
    deliveries: tuple[Unfinished, ...]  # due, in-flight, waiting, dead


@dataclass(frozen=True, slots=True)
class MapSetTexts:
    """What a map set was made from, by name: its digest is the digest of these (hub.mapping.mapset)."""

    maps: Mapping[str, str]
    tables: Mapping[str, str]


class Shelf(StrEnum):
    """What is kept for a time."""

    ARCHIVE = "archive"  # the bytes of messages, exactly as they came; the messages themselves stay in the books
    HISTORY = "history"  # versions that are superseded


@dataclass(frozen=True, slots=True)
class Expired:
    """A slice of what is past its time and may go. keys: the store's own. counts: by source, or by type. after: go on from there, None
    at the end.
    """

    shelf: Shelf
    keys: tuple[tuple[int, ...], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    after: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much has gone so far: messages' bytes by source, versions by type."""

    archive: Mapping[str, int] = field(default_factory=dict)
    history: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search. `after` is the keyset to go on from, None at the end. total only when asked for."""

    matches: tuple[Version, ...]
    included: tuple[Version, ...] = ()
    after: tuple[object, ...] | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """received = the sum of the states, for each source; owed = the sum of the states, for each destination.

    `received` and `owed` are counted on their own (archive rows, owed rows), not summed from the states, so that `balanced` says something.
    """

    sources: dict[str, dict[str, int]] = field(default_factory=dict)
    destinations: dict[str, dict[str, int]] = field(default_factory=dict)
    balanced: bool = True
