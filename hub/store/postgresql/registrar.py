"""What is written at once, apart from the batches: that this hub is there (its lease), and the names in the dictionaries.

A name stays when the batch that first used it is taken back. So no batch ever waits for the names of another hub's batch.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from threading import Event, Lock, Thread
from typing import Any, Final

import psycopg

from hub.core.errors import StoreError
from hub.store.postgresql.database import Connection, connect, failure
from hub.store.postgresql.statements import SQL
from hub.store.relational.connection import only
from hub.store.relational.dictionaries import Dictionary, Term, Unit

__all__ = ["Registrar"]

_ROOM: Final = 100_000  # names kept in memory before it starts anew: systems and clients are not bounded by us


class Registrar:
    """lease: seconds for which this hub counts as alive without a sign of it."""

    def __init__(self, url: str, lease: float) -> None:
        self._url = url
        self._lease = lease
        self._lock = Lock()
        self._known: dict[Hashable, int] = {}
        self._connection = self._connect()
        with self._lock:
            with self._connection.transaction():
                self._connection.execute("SET LOCAL synchronous_commit = on")  # a number that a crash takes back would be given out again
                self.hub = int(only(self._connection.execute(SQL["register"], {"seconds": lease})))
            self._connection.execute(SQL["forget_hubs"])
            self._connection.execute(SQL["forget_writers"])
        self._since = self._seen = time.monotonic()
        self._stopped = Event()
        self._thread = Thread(target=self._keep_alive, name="store-lease", daemon=True)
        self._thread.start()

    def number(self, dictionary: Dictionary, name: str) -> int:
        found = self._known.get((dictionary, name))
        if found is not None:
            return found
        find, add = (SQL[query].format(dictionary=dictionary) for query in ("find_name", "add_name"))
        return self._look_up((dictionary, name), find, add, (name,))

    def unit(self, unit: Unit) -> int:
        found = self._known.get(("unit", unit))
        return self._look_up(("unit", unit), SQL["find_unit"], SQL["add_unit"], unit) if found is None else found

    def terms(self, wanted: AbstractSet[Term]) -> dict[Term, int]:
        """The numbers of all of them, asked for together."""
        found = {term: number for term in wanted if (number := self._known.get(term)) is not None}
        left = wanted - found.keys()
        while left:  # neither there nor added: another hub adds it at this moment
            for query in ("find_terms", "add_terms"):
                fresh = self._ask_terms(query, sorted(left))
                found |= fresh
                left = left - fresh.keys()
        return found

    def watched(self) -> float:
        """Seconds for which this hub has been in touch with the database without a break: for so long it could have seen others go."""
        now = time.monotonic()
        return now - self._since if now - self._seen < self._lease else 0.0

    def forget(self) -> None:
        """After the connection was lost: another server may have taken over, that never had the last names."""
        with self._lock:
            self._known.clear()
            self._since = time.monotonic()

    def close(self) -> None:
        """Signs off: what this hub had in flight may be taken over at once."""
        self._stopped.set()
        self._thread.join()
        with self._lock:
            try:
                self._connection.execute(SQL["sign_off"], {"hub": self.hub})
            except psycopg.Error:
                pass  # the lease runs out by itself
            finally:
                self._connection.close()

    def _look_up(self, key: Hashable, find: str, add: str, values: Sequence[object]) -> int:
        with self._lock:
            row = None
            try:
                while row is None:  # neither there nor added: another hub adds it at this moment
                    connection = self._connected()
                    row = connection.execute(find, values).fetchone() or connection.execute(add, values).fetchone()
            except psycopg.Error as error:
                raise failure(error, "write") from error
            self._keep({key: int(row[0])})
            return int(row[0])

    def _ask_terms(self, query: str, terms: Sequence[Term]) -> dict[Term, int]:
        """terms: in an order that all hubs keep, or two that add the same would wait for each other."""
        if not terms:
            return {}
        params, texts, spaces = (list(column) for column in zip(*terms, strict=True))
        with self._lock:
            try:
                rows = self._connected().execute(SQL[query], {"params": params, "texts": texts, "spaces": spaces}).fetchall()
            except psycopg.Error as error:
                raise failure(error, "write") from error
            found = {(param, text, space): number for param, text, space, number in rows}
            self._keep(found)
        return found

    def _keep(self, found: Mapping[Any, int]) -> None:
        if len(self._known) > _ROOM:
            self._known.clear()
        self._known |= found

    def _keep_alive(self) -> None:
        while not self._stopped.wait(self._lease / 3):
            with self._lock:
                now = time.monotonic()
                if now - self._seen > self._lease:
                    self._since = now
                try:
                    self._connected().execute(SQL["renew_lease"], {"seconds": self._lease, "hub": self.hub})
                    self._seen = now
                except (psycopg.Error, StoreError):
                    self._since = now  # tried again; a lease that runs out meanwhile is what it is for

    def _connected(self) -> Connection:
        if self._connection.closed or self._connection.broken:
            self._connection.close()
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Connection:
        connection = connect(self._url)
        connection.execute("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off")  # as the writer's
        connection.execute("SET synchronous_commit = off")  # the batch that uses a name syncs it too: it stands later in the log
        return connection
