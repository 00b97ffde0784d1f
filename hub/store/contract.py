"""What a store must do. Two implementations keep it (SQLite and PostgreSQL); tests/contract proves both.

Writing: `submit` hands over a piece of work, a function over a Transaction. A writer runs many pieces in one commit (group
commit); one that raises takes only itself back. When `submit` returns, the work is durable. A piece may run more than once (another
hub was faster, the connection went) and takes effect once: it may change nothing but through its Transaction.

Reading: every method takes a Visibility and compiles it into its query. There is no other way to read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from hub.core.lifecycle import AckOutcome, DeliveryState, MessageState
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query
from hub.store.rows import (
    ApplicationAnswer,
    Arrival,
    AuditRow,
    Delivery,
    Expired,
    Incident,
    IncidentKind,
    Ledger,
    MapSetTexts,
    NewDelivery,
    NewIncident,
    NewVersion,
    Page,
    Pruned,
    Receipt,
    Shelf,
    Standing,
    Version,
)

T = TypeVar("T")


class Transaction(Protocol):
    """Inside one piece of work. Synchronous; runs on the store's writer. Reads see the writes before them."""

    # --- the archive and the message's own state
    def archive(self, arrival: Arrival) -> int:
        """Keep the bytes; the message is `pending`. Gives the receipt's id."""
        ...

    def find_receipt(self, source: str, control_id: str) -> Receipt | None:
        """The newest receipt of this source with this control id that is not itself a duplicate."""
        ...

    def get_receipt(self, receipt: int) -> Receipt: ...

    def body_of(self, receipt: int) -> bytes:
        """The archived bytes, exactly as received."""
        ...

    def move(self, receipt: int, state: MessageState, *, reason: str | None = None) -> None:
        """Along MESSAGE_MOVES only; anything else raises StoreError."""
        ...

    def conclude(
        self,
        receipt: int,
        *,
        answer: bytes | None = None,
        ack_code: str | None = None,
        ack_outcome: AckOutcome | None = None,
        map_set: str | None = None,
        person: str | None = None,
        lane: str | None = None,
    ) -> None:
        """Write what is known about a receipt; what is None is left as it stands. ack_outcome: along ANSWER_MOVES only."""
        ...

    # --- lanes: the first 16 characters of one say whose it is. A lane that was joined to another is that one, whatever it is called here.
    def lane_is_blocked(self, lane: str) -> bool:
        """Whether a parked or pending message holds this lane."""
        ...

    def first_in_lane(self, lane: str) -> Receipt | None:
        """The oldest message that is parked or pending there: the one whose turn it is."""
        ...

    def same_lane(self, lane: str, other: str) -> bool: ...

    def join_lanes(self, whose: str, joined: str) -> None:
        """From now on the lanes of the one are those of the other: what waits in both stands in one order, the older first."""
        ...

    # --- incidents
    def open_incident(self, new: NewIncident) -> int | None:
        """None where one is open about the same already."""
        ...

    def close_incident(self, kind: IncidentKind, subject: str, at: datetime) -> bool:
        """False where none is open."""
        ...

    def untold_incidents(self, limit: int) -> Sequence[Incident]:
        """Those whose opening or end is still to be told, oldest first; not those that another hub at work is about to tell."""
        ...

    def note_told(self, incident: int, *, closing: bool) -> None:
        """Its opening, or its end, has been told."""
        ...

    # --- what the doors remember
    def answer_application(self, receipt: int, answer: ApplicationAnswer) -> None:
        """The second answer to a message (enhanced mode). It is given once: one that is there stays."""
        ...

    def note_application(self, receipt: int, outcome: AckOutcome) -> None:
        """Whether the second answer reached the sender."""
        ...

    def application_answer(self, receipt: int) -> ApplicationAnswer | None: ...

    def expected_number(self, source: str) -> int | None:
        """The sequence number (MSH-13) that this source is to send next; None: whichever comes is the first."""
        ...

    def expect_number(self, source: str, number: int | None) -> None: ...

    def find_spooled(self, entry: bytes) -> Receipt | None:
        """What this entry of a source's spool became; None for one that has not come yet."""
        ...

    def keep_spooled(self, entry: bytes, receipt: int) -> None: ...

    # --- people
    def find_people(self, keys: Sequence[tuple[str, str]]) -> frozenset[str]:
        """Logical ids of the Patients that hold any of these (system, value) keys."""
        ...

    def bind_keys(self, person: str, keys: Sequence[tuple[str, str]]) -> None:
        """Give a Patient these keys. A key already held by another Patient raises StoreError."""
        ...

    # --- the record
    def current(self, visibility: Visibility, type_: str, id_: str) -> Version | None:
        """The newest version, also when it is a deletion."""
        ...

    def currents(self, visibility: Visibility, addresses: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Version]:
        """The same for several (type, id) at once; what is not there is left out."""
        ...

    def search(self, visibility: Visibility, query: Query) -> Page: ...

    def put(self, new: NewVersion) -> None:
        """Make it the current version and replace its index rows; the one before goes to the history.

        version.version must be the current one + 1 (1 for a new id), else VersionConflict.
        """
        ...

    # --- the maps of the day
    def keep_map_set(self, digest: str, texts: MapSetTexts) -> None:
        """So that a message can be explained, or played again, with the maps it was converted with. A set that is kept stays as it is."""
        ...

    # --- what need not be kept for ever
    def prune(self, expired: Expired) -> int:
        """Away with this slice, and count it. Gives how much of it was still there."""
        ...

    def take_turn(self, work: str, now: datetime, every: timedelta) -> bool:
        """Whether it is this hub's turn to do a work that one hub does now and then. It is nobody else's for as long as `every`."""
        ...

    # --- what must never be missing
    def audit(self, row: AuditRow) -> None: ...

    def owe(self, delivery: NewDelivery) -> int: ...

    def claim(self, destination: str, now: datetime, limit: int, *, horizon: datetime | None = None) -> Sequence[Delivery]:
        """Deliveries that may be tried now (due, or waiting with not_before reached), at most one for each lane and only
        the oldest unfinished of its lane; they become in-flight. A dead one does not hold its lane, unless it was settled so.

        horizon: what is not to be tried before this moment or a later one may be tried now: the clock that said so has been put right.
        """
        ...

    def settle(
        self,
        delivery: int,
        state: DeliveryState,
        *,
        now: datetime,
        not_before: datetime | None = None,
        reason: str | None = None,
        holds: bool = False,
    ) -> None:
        """Along DELIVERY_MOVES only; anything else raises StoreError. Moving to in-flight counts an attempt.

        holds: a dead one holds its lane until it is revived or discarded.
        """
        ...

    def discard(self, delivery: int, *, reason: str) -> None:
        """A dead letter is put aside for good, and holds its lane no more. StoreError for any other, and for one that is discarded."""
        ...

    def find_delivery(self, delivery: int) -> Delivery | None: ...


class Store(Protocol):
    """The record, the archive, the outbox and the audit of one hub."""

    async def submit(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in the next group commit. Raises what `work` raised; StoreBusy when the queue is full."""
        ...

    # --- the record
    async def read(self, visibility: Visibility, type_: str, id_: str) -> Version | None: ...
    async def vread(self, visibility: Visibility, type_: str, id_: str, version: int) -> Version | None: ...
    async def history(
        self, visibility: Visibility, type_: str, id_: str, *, limit: int, before: int | None = None
    ) -> Sequence[Version]: ...
    async def search(self, visibility: Visibility, query: Query) -> Page: ...
    async def find_people(self, visibility: Visibility, keys: Sequence[tuple[str, str]]) -> frozenset[str]: ...
    async def unprocessed(self, visibility: Visibility, person: str) -> int:
        """How many messages for this person are parked or pending."""
        ...

    # --- the engine's own books
    async def ledger(self, visibility: Visibility) -> Ledger: ...
    async def standing(self, visibility: Visibility) -> Standing:
        """What waits now. As the ledger, it cannot be cut by person: a limited caller gets an empty one."""
        ...

    async def receipts(
        self,
        visibility: Visibility,
        *,
        state: MessageState | None = None,
        source: str | None = None,
        lane: str | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[Receipt]:
        """Newest first. lane: only those that are parked or pending in it."""
        ...

    async def receipt(self, visibility: Visibility, receipt: int) -> Receipt | None: ...
    async def archived(self, visibility: Visibility, receipt: int) -> bytes | None: ...
    async def application_answer(self, visibility: Visibility, receipt: int) -> ApplicationAnswer | None: ...
    async def deliveries(
        self,
        visibility: Visibility,
        *,
        destination: str | None = None,
        state: DeliveryState | None = None,
        discarded: bool | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[Delivery]:
        """Newest first. discarded: only those dead letters that are, or are not; asked for with their state."""
        ...

    async def delivery(self, visibility: Visibility, delivery: int) -> Delivery | None: ...
    async def audit_rows(self, visibility: Visibility, *, person: str | None = None, limit: int = 100) -> Sequence[AuditRow]: ...

    async def map_set_texts(self, visibility: Visibility, digest: str) -> MapSetTexts | None:
        """None for one that was never kept, and for a limited caller: maps are not about a person."""
        ...

    async def map_sets(self, visibility: Visibility) -> Sequence[str]:
        """The digests of those that are kept, the first used first."""
        ...

    async def expired(
        self, visibility: Visibility, shelf: Shelf, *, before: datetime, after: tuple[int, ...] | None = None, limit: int = 500
    ) -> Expired:
        """The next slice of what came, or was superseded, before a moment. Never in it: the current version of anything, a message that is
        pending or parked, and what a delivery that is not delivered stands on.
        """
        ...

    async def pruned(self, visibility: Visibility) -> Pruned: ...

    async def recover(self, now: datetime, may_repeat: Callable[[str], bool] = ...) -> int:
        """Deliveries in flight whose hub is gone may have been accepted: they become waiting where their destination may get them
        twice, else dead. After a start, and now and then where several hubs share a store. Gives how many.
        """
        ...

    async def adopt(self) -> int:
        """Messages that are pending in no lane and whose hub is gone become this hub's to process. Gives how many."""
        ...

    async def in_hand(self, after: int, limit: int) -> Sequence[int]:
        """Messages after this one that are pending in no lane and this hub's to process, oldest first."""
        ...

    async def incidents(
        self, visibility: Visibility, *, open_only: bool = False, limit: int = 100, before: int | None = None
    ) -> Sequence[Incident]:
        """Newest first."""
        ...

    async def free_lanes(self, visibility: Visibility) -> Sequence[str]:
        """Lanes with an open incident in which nothing parked stands first."""
        ...

    async def waiting_in_lane(self, visibility: Visibility, lane: str) -> int:
        """How many messages are parked or pending there."""
        ...

    async def close(self) -> None:
        """Finish what was submitted, then close. Later calls raise StoreClosed."""
        ...
