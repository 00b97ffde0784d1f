"""Runs over real samples that the project may not carry: `make corpus CORPUS=FOLDER`. Not part of `make test`."""

from pathlib import Path

import pytest

from tests.acceptance.conftest import http, hub, serve  # noqa: F401 - the fixtures of a served hub


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--corpus", type=Path, help="the folder that holds simhospital/, oehf+ipf/, synthea-r4-2019/")


@pytest.fixture(scope="session")
def corpus(request: pytest.FixtureRequest) -> Path:
    folder = request.config.getoption("--corpus")
    if folder is None:
        pytest.fail("say where the samples are: --corpus FOLDER")
    return folder
