"""The HTTP server in this process: its socket, its signals, the key of its page links."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from hub.app.installed import AssemblyError
from hub.app.stores import is_postgresql, sqlite_path
from hub.sdk.address import parse_address
from hub.store.postgresql import read_page_key

PAGE_KEY = "page.key"


class Server(uvicorn.Server):
    """The command owns the signals, so that a stop drains everything and not HTTP alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(address: str) -> socket.socket:
    """Bound here, so that `:0` is known before anything is said to be ready."""
    parsed = parse_address(address)
    if parsed is None:
        raise AssemblyError("an HTTP address is host:port")
    family = socket.AF_INET6 if ":" in parsed[0] else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # inherited by connections: an answer must not wait 40 ms for an ACK
    try:
        listener.bind(parsed)
    except OSError as error:
        listener.close()
        raise AssemblyError(f"cannot listen on {address}: {error.strerror}") from None
    return listener


def page_key(folder: Path) -> bytes:
    """Signs page links; made once for each hub, readable by its owner only, so that links outlive a restart."""
    file = folder / PAGE_KEY
    if not file.exists():
        aside = file.with_suffix(".new")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(os.urandom(32))
            opened.flush()
            os.fsync(opened.fileno())
        aside.replace(file)  # whole or not at all: an empty key would sign for everybody
    return file.read_bytes()


def page_key_of(store: str) -> bytes:
    """Beside the file of an embedded store; in the database, where several hubs may share one."""
    return read_page_key(store) if is_postgresql(store) else page_key(sqlite_path(store).parent)
