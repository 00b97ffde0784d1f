"""What `calder map test` shows."""

from __future__ import annotations

import sys

from hub.cli.map_set import Loaded
from hub.cli.reporting import describe, print_json
from hub.core.rendering import render_diagnostic
from hub.mapping.test.comparing import Difference
from hub.mapping.test.runner import Verdict, run_tests


def run_and_print(loaded: Loaded, *, as_json: bool) -> bool:
    """True when every test passed. The failed ones are shown with the path of each difference."""
    results = list(run_tests(loaded.maps, loaded.named))
    failed = [result for result in results if not result.passed]
    if as_json:
        print_json({"passed": len(results) - len(failed), "failed": len(failed), "tests": [_describe(result) for result in results]})
        return not failed
    for result in failed:
        _print(result, loaded)
    sys.stderr.write(f"{len(results) - len(failed)} passed, {len(failed)} failed\n")
    return not failed


def _describe(result: Verdict) -> dict[str, object]:
    test = result.test
    return {
        "file": test.span.file,
        "line": test.span.line,
        "map": test.map,
        "title": test.title,
        "passed": result.passed,
        "differences": [{"path": each.path, "expected": each.expected, "found": each.found} for each in result.differences],
        "diagnostics": [describe(diagnostic) for diagnostic in result.diagnostics],
    }


def _print(result: Verdict, loaded: Loaded) -> None:
    test = result.test
    sys.stderr.write(f'{test.span.file}:{test.span.line}: "{test.title}" of {test.map}\n')
    for difference in result.differences:
        sys.stderr.write(f"  {_line(difference)}\n")
    for diagnostic in result.diagnostics:
        rendered = render_diagnostic(diagnostic, loaded.sources).replace("\n", "\n  ")
        sys.stderr.write(f"  {rendered}\n")
    sys.stderr.write("\n")


def _line(difference: Difference) -> str:
    expected = "nothing" if difference.expected is None else difference.expected
    found = "nothing" if difference.found is None else difference.found
    return f"{difference.path or 'the whole'}: expected {expected}, found {found}"
