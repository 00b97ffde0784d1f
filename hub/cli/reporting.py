"""Diagnostics for people (stderr) and for programs (JSON)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from hub.core.diagnostics import Diagnostic, Span
from hub.core.json import Json, render_json
from hub.core.rendering import render_diagnostic
from hub.mapping.conversion import Step


def describe(diagnostic: Diagnostic) -> Json:
    """The same for every command with --json."""
    return {
        "code": diagnostic.code.name,
        "severity": diagnostic.severity.value,
        "title": diagnostic.code.title,
        "detail": diagnostic.detail,
        "place": diagnostic.place,
        "fix": diagnostic.fix,
        **_describe_span(diagnostic.span),
        "notes": [{"text": note.text, **_describe_span(note.span)} for note in diagnostic.notes],
    }


def _describe_span(span: Span | None) -> dict[str, Json]:
    if span is None:
        return {"file": None, "line": None, "column": None, "length": None}
    return {"file": span.file, "line": span.line, "column": span.column, "length": span.length}


def describe_step(step: Step) -> Json:
    """Where one value came from; never the value."""
    return {"target": step.target, "source": step.source, "rule": step.rule, "file": step.file, "line": step.line}


def print_diagnostics(diagnostics: Iterable[Diagnostic], texts: Mapping[str, str], *, before: str = "") -> None:
    for diagnostic in diagnostics:
        sys.stderr.write(f"{before}{render_diagnostic(diagnostic, texts)}\n\n")


def print_json(value: Json) -> None:
    """One line of stdout."""
    sys.stdout.buffer.write(render_json(value) + b"\n")


def print_error(text: str) -> None:
    sys.stderr.write(f"calder: {text}\n")
