"""`python tests/fuzz/run.py`: every target to a plateau, one after another. Exit 1 when something was found.

    python tests/fuzz/run.py --seconds 600 --plateau 20000 forward backward

A loop of our own and not atheris: the same seed gives the same run, it mutates messages and JSON by their structure, and it needs no
35 MB wheel that only Linux has. Needs PYTHONHASHSEED=0 (set by itself) so that a seed gives the same run.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=600.0, help="for each target")
    parser.add_argument("--plateau", type=int, default=10_000, help="inputs without a new arc")
    parser.add_argument("--most", type=int, default=10**9, help="inputs")
    parser.add_argument("--plant", action="append", default=[], metavar="MODULE//TEXT//OTHER", help="a fault that is to be found")
    parser.add_argument("--keep", type=Path, help="a folder for what was found")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

    import arcs  # noqa: PLC0415 -- before the first import of hub

    arcs.watch([tuple(plant.split("//")) for plant in options.plant])  # type: ignore[misc]  # three parts each

    import loop  # noqa: PLC0415 -- only now, instrumented
    from targets import NAMES, target  # noqa: PLC0415 -- the same

    found = 0
    for name in options.targets or NAMES:
        report = loop.fuzz(
            target(name),
            options.seed,
            plateau=options.plateau,
            seconds=options.seconds,
            most=options.most,
            tell=lambda text: print(text, flush=True),
        )
        print(report, flush=True)
        found += len(report.findings)
        for number, finding in enumerate(report.findings, 1):
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{name}_{options.seed}_{number}.txt").write_bytes(
                    f"{finding.place}\n{finding.what}\n".encode() + finding.text.encode(errors="surrogatepass")
                )
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
