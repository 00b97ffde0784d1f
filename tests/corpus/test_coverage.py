"""Real samples against the packaged maps: no populated field of a message that has a map is left unexplained."""

from pathlib import Path

import pytest

from hub.app.corpus import Corpus
from hub.app.installed import load_maps
from hub.mapping.survey.survey import Survey

SAMPLES = (
    "simhospital",
    "oehf+ipf/commons/ihe/hl7v2ws/src/test/resources/pcd01",
    "oehf+ipf/platform-camel/ihe/hl7v2ws/src/test/resources/pcd01",
)


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_populated_field_is_explained(corpus: Path, sample: str) -> None:
    survey = Survey(load_maps())
    for message in Corpus([corpus / sample]):
        survey.take(message.body)
    assert survey.populated
    assert [str(found.gap) for found, _ in survey.fields] == []
