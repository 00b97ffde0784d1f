"""The hand-written conversion of the benchmark does the same job as the compiled map: else their ratio says nothing."""

from functools import cache

import pytest

from hub.app.installed import load_maps
from hub.cli.bench.by_hand import convert_by_hand
from hub.cli.bench.conversion import _GIVENS, convert_by_map, write_by_map
from hub.cli.bench.samples import nhs_numbers, reading, report
from hub.cli.bench.written_by_hand import write_by_hand

PERSON = nhs_numbers(1)[0]
BASE = reading(7, PERSON)


@cache
def maps():
    return load_maps()


def coded(concept):
    return frozenset((coding["system"], coding["code"]) for coding in concept["coding"])


def measured(part):
    quantity = part["valueQuantity"]
    return coded(part["code"]), str(quantity["value"]), quantity["unit"], quantity.get("code"), quantity.get("system")


def facts(resources):
    """(url, resource) pairs as what they say; a reference as what it points to, so that urls do not matter."""
    by_url = dict(resources)
    return frozenset(fact(resource, by_url) for resource in by_url.values())


def fact(resource, by_url):
    match resource["resourceType"]:
        case "Patient":
            [name] = resource["name"]
            identifiers = frozenset((each["system"], each["value"], coded(each["type"])) for each in resource["identifier"])
            names = (name["family"], *name["given"], *name.get("prefix", ()), name.get("use"))
            return "Patient", identifiers, names, resource["birthDate"], resource["gender"]
        case "Device":
            return "Device", tuple((each["system"], each["value"]) for each in resource["identifier"]), coded(resource["type"])
        case "Observation":
            value = measured(resource) if "valueQuantity" in resource else None
            parts = frozenset(measured(part) for part in resource.get("component", ()))
            device = by_url[resource["device"]["reference"]]
            subject = fact(by_url[resource["subject"]["reference"]], by_url)
            said = (coded(resource["code"]), resource["status"], resource["effectiveDateTime"], value, parts)
            return "Observation", *said, subject, device["identifier"][0]["value"]


def by_hand(raw):
    return facts((each.full_url, each.resource) for each in convert_by_hand(raw))


def by_map(raw):
    conversion = convert_by_map(maps(), raw)
    assert not conversion.refused
    return facts((each.full_url, each.resource) for each in conversion.produced)


def changed(*pairs):
    raw = BASE
    for old, new in pairs:
        assert raw.count(old) >= 1
        raw = raw.replace(old, new)
    return raw


MESSAGES = {
    "as the benchmark sends it": BASE,
    "another person and time": reading(4242, nhs_numbers(30)[-1]),
    "amended": changed((b"|||||F", b"|||||C")),
    "NHS number as older systems write it": changed((b"^^^NHS^NH", b"^^^NHSNBR^NH")),
    "two numbers, no prefix": changed((b"^^^NHS^NH", b"^^^NHS^NH~A10^^^RCF^MR"), (b"Brook^Ada^^^Mrs^^L", b"Brook^Ada")),
    "an escaped name": changed((b"Brook^", b"Brook\\T\\Sons^")),
    "a unit that is not in the table": changed((b"262688^MDC_DIM_PERCENT", b"262690^MDC_DIM_PARTS_PER_THOUSAND")),
    "a code that is not in the table": changed((b"150023^MDC_PRESS_BLD_NONINV_MEAN", b"150035^MDC_PRESS_BLD_ART_MEAN")),
    "no pulse": changed((b"149530^MDC_PULS_OXIM_PULS_RATE^MDC|2.0.0.2|67", b"149530^MDC_PULS_OXIM_PULS_RATE^MDC|2.0.0.2|")),
    "a reading that could not be obtained": changed((b"|95.0|262688^MDC_DIM_PERCENT^MDC|||||F", b"||262688^MDC_DIM_PERCENT^MDC|||||X")),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_by_hand_and_by_map_say_the_same(name):
    raw = MESSAGES[name]
    assert by_hand(raw) == by_map(raw)


def test_what_is_compared_is_all_there():
    found = by_map(BASE)
    kinds = sorted(each[0] for each in found)
    assert kinds == ["Device", "Device", *["Observation"] * 5, "Patient"]
    [pressure] = [each for each in found if each[0] == "Observation" and ("http://loinc.org", "85354-9") in each[1]]
    parts = {next(code for system, code in part[0] if system == "http://loinc.org"): part[1:] for part in pressure[5]}
    mmhg = ("MDC_DIM_MMHG", "mm[Hg]", "http://unitsofmeasure.org")
    assert parts == {"8480-6": ("117", *mmhg), "8462-4": ("67", *mmhg)}
    assert pressure[3] == "2026-01-01T00:00:07+00:00"


def test_the_keys_are_the_same():
    assert sorted(each.key for each in convert_by_hand(BASE)) == sorted(each.key for each in convert_by_map(maps(), BASE).produced)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1.0.1.1|117", b"1.0.1.1|118"),
        (b"150021^MDC_PRESS_BLD_NONINV_SYS", b"150022^MDC_PRESS_BLD_NONINV_DIA"),
        (b"|95.0|", b"|95|"),
        (b"262688^MDC_DIM_PERCENT", b"264864^MDC_DIM_BEAT_PER_MIN"),
        (b"20260101000007+0000||||ACDE", b"20260101000008+0000||||ACDE"),
        (b"19410307|F", b"19410307|M"),
    ],
)
def test_a_planted_difference_is_seen(old, new):
    """The comparison itself: one value, code, unit, time or sex that differs."""
    raw = BASE.replace(old, new)
    if raw == BASE:
        raw = BASE.replace(b"|X|||20260101000007", b"|X|||20260101000008")
    assert raw != BASE
    assert by_hand(raw) != by_map(BASE)


def test_by_hand_and_by_map_write_the_same_bytes():
    for number, person in enumerate(nhs_numbers(5)):
        written = write_by_map(maps(), report(number, person))
        assert written.diagnostics == ()
        assert written.body == write_by_hand(report(number, person), **_GIVENS)


@pytest.mark.parametrize("at", [0, 1, 2, -1])
def test_a_planted_difference_in_what_is_written_is_seen(at):
    resources = report(1, PERSON)
    other = {**resources[at], "status": "preliminary", "gender": "male"}
    changed_ones = [*resources[:at], other, *resources[at:][1:]]
    assert write_by_map(maps(), resources).body != write_by_hand(changed_ones, **_GIVENS)
