"""Work counted, not timed: how many calls a piece of work makes. The same on every machine, however busy."""

import sys
from collections.abc import Callable


def calls(work: Callable[[], object]) -> int:
    count = 0

    def seen(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
