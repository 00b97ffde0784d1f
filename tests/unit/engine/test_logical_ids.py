import re

from hub.engine.logical_ids import id_by_identifier, id_by_key, id_by_origin


def test_an_id_is_a_fhir_id_and_the_same_every_time():
    first = id_by_key("Observation", "RCF", ("A1", "8867-4"))
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", first)
    assert first == id_by_key("Observation", "RCF", ("A1", "8867-4"))


def test_everything_that_names_it_counts():
    ids = {
        id_by_key("Observation", "RCF", ("A1", "8867-4")),
        id_by_key("DiagnosticReport", "RCF", ("A1", "8867-4")),
        id_by_key("Observation", "RX8", ("A1", "8867-4")),
        id_by_key("Observation", "RCF", ("A18867-4",)),
        id_by_key("Observation", "RCF", ("A1", "8867-4", "")),
        id_by_key("Observation", "RCFA1", ("8867-4",)),
        id_by_identifier("Observation", "RCF", "A1"),
        id_by_origin("Observation", b"RCF", 1),
        id_by_origin("Observation", b"RCF", 2),
    }
    assert len(ids) == 9
