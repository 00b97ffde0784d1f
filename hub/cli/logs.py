"""Where a command's log lines go: stderr, one typed event a line; colours on a terminal, JSON elsewhere."""

from __future__ import annotations

import logging
import sys

import structlog


def log_to_stderr(*, quiet: bool = False) -> None:
    """quiet: nothing below an error, for commands whose own words are what counts."""
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer(sort_keys=False)
    )
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
