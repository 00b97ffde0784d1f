"""Reading beside the writer, on threads: each call sees one snapshot, and none waits for a commit.

A connection is made when it is needed. A read changes nothing, so one that fails because its connection is gone is asked once more on
a new one; then StoreAway says that the database cannot be reached.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

import psycopg

from hub.core.errors import StoreClosed
from hub.store.postgresql.database import Connection, check_current, connect, failure, is_away

__all__ = ["Readers"]

T = TypeVar("T")


class Readers:
    def __init__(self, url: str, *, threads: int = 4) -> None:
        self._url = url
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store-reader")
        self._free: SimpleQueue[Connection] = SimpleQueue()
        self._closed = False
        first = self._connect()
        try:
            check_current(first)
        except BaseException:
            first.close()
            raise
        self._free.put(first)

    async def point(self, read: Callable[[Connection], T]) -> T:
        return await self._run(read)

    async def snapshot(self, read: Callable[[Connection], T]) -> T:
        def whole(connection: Connection) -> T:
            with connection.transaction():
                return read(connection)

        return await self._run(whole)

    def close(self) -> None:
        """Waits for the reads under way."""
        if self._closed:
            return
        self._closed = True
        self._pool.shutdown(wait=True)
        while not self._free.empty():
            self._free.get().close()

    async def _run(self, read: Callable[[Connection], T]) -> T:
        if self._closed:
            raise StoreClosed("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, read)

    def _read(self, read: Callable[[Connection], T]) -> T:
        try:
            return self._attempt(read)
        except psycopg.Error as error:
            if not is_away(error):
                raise failure(error, "read") from error
        try:
            return self._attempt(read)
        except psycopg.Error as error:
            raise failure(error, "read") from error

    def _attempt(self, read: Callable[[Connection], T]) -> T:
        connection = self._take()
        try:
            return read(connection)
        finally:
            if connection.closed or connection.broken:
                connection.close()
            else:
                self._free.put(connection)

    def _take(self) -> Connection:
        while True:
            try:
                connection = self._free.get_nowait()
            except Empty:
                return self._connect()
            if not connection.closed:
                return connection

    def _connect(self) -> Connection:
        connection = connect(self._url)
        try:
            connection.execute("SET default_transaction_isolation = 'repeatable read'; SET default_transaction_read_only = on")
        except BaseException:
            connection.close()
            raise
        return connection
