"""A transformer that does to messages what the worst of maps might: by the beginning of their control id.

Run as `python faulty_transformer.py FOLDER SOCKET`. FOLDER: where it notes what it ran, one line for each.
"""

import ctypes
import os
import signal
import socket
import sys
import time
from importlib.metadata import version
from pathlib import Path

from hub.app.installed import functions
from hub.engine.transform import Poison, transform
from hub.engine.transformers.child import serve


def segfault():
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    ctypes.string_at(0)


def loop():
    while True:
        pass


def eat():
    return bytearray(1 << 40)


def talk(message):
    print(message.text)
    print(message.text, file=sys.stderr, flush=True)


def faulty(folder: Path):
    def run(message, maps, source, digest):
        name = message.control_id
        with (folder / "ran").open("a") as notes:
            notes.write(f"{os.getpid()} {name}\n")
        if name.startswith("ONCE") and not (folder / name).exists():
            (folder / name).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        elif name.startswith("SEGV"):
            segfault()
        elif name.startswith("EXIT"):
            os._exit(3)
        elif name.startswith("LOOP"):
            loop()
        elif name.startswith("EAT"):
            eat()
        elif name.startswith("TALK"):
            talk(message)
        elif name.startswith("ODD"):
            return Poison(None)  # of a shape that the hub does not know
        elif name.startswith("SLOW"):
            time.sleep(0.3)
        return transform(message, maps, source, digest)

    return run


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[2])) as connection:
        serve(connection, functions, version("calder-hub"), faulty(Path(sys.argv[1])))
