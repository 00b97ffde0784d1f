"""`pytest tests/diagnostics --update` writes what is reported now into the goldens. CI only compares."""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", default=False, help="write the goldens anew (never in CI)")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    wanted = bool(request.config.getoption("--update", default=False))
    if wanted and os.environ.get("CI") == "true":
        pytest.fail("goldens are read by people before they change: --update does not run in CI", pytrace=False)
    return wanted
