"""What a transformer's process runs: `python -m hub.app.transformer SOCKET`, started by a hub and by nobody else."""

from __future__ import annotations

import socket
import sys
from importlib.metadata import version

from hub.app.installed import DISTRIBUTION, functions
from hub.engine.transformers.child import serve

__all__ = ["main"]


def main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        serve(connection, functions, version(DISTRIBUTION))


if __name__ == "__main__":
    main()
