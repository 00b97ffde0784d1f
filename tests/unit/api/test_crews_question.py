"""`$emergency-care`: the document is valid R4, everything that binds is in it, nobody else's is, and a fault is never "no plan"."""

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlencode

import pytest
from fhir.resources.R4B.bundle import Bundle as R4BBundle

from hub.core.errors import StoreBusy
from hub.core.json import parse_json
from hub.core.lifecycle import MessageState
from hub.fhir.validate import validate
from hub.store.rows import Arrival
from tests.unit.api.conftest import ADA, BEN, NHS, observation, patient

SNOMED = "http://snomed.info/sct"
ASK = f"/Patient/$emergency-care?identifier={ADA}"


def of(person: str, type_: str, **more: object) -> dict:
    whose = "patient" if type_ in ("Consent", "AllergyIntolerance", "RelatedPerson") else "subject"
    return {"resourceType": type_, whose: {"reference": f"Patient/{person}"}, **more}


def plan(person: str, title: str = "The plan", **more: object) -> dict:
    return of(person, "CarePlan", **{"status": "active", "intent": "plan", "title": title, **more})


def cpr(code: str, display: str | None = None) -> dict:
    return {"coding": [{"system": SNOMED, "code": code, **({"display": display} if display else {})}]}


def flag(person: str, code: dict, **more: object) -> dict:
    return of(person, "Flag", **{"status": "active", "code": code, **more})


def ask(api, path: str = ASK) -> dict:
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    require_valid(answer.content)
    return answer.json()


def require_valid(body: bytes) -> None:
    """By our own tables, and by the models that others wrote."""
    document = parse_json(body)
    assert [(each.place, each.detail) for each in validate(document)] == []
    R4BBundle.model_validate_json(body)
    urls = [entry["fullUrl"] for entry in document["entry"]]
    assert len(urls) == len(set(urls))
    composition = document["entry"][0]["resource"]
    listed = [entry["reference"] for section in composition["section"] for entry in section.get("entry", ())]
    assert set(listed) <= set(urls)
    assert all(("entry" in section) != ("emptyReason" in section) for section in composition["section"][1:])


def words(document: dict, section: str) -> str:
    for each in document["entry"][0]["resource"]["section"]:
        if each["code"]["coding"][0]["code"] == section:
            return " ".join(unescape(re.sub(r"<[^>]*>", " ", each["text"]["div"])).split())
    raise AssertionError(section)


def kinds(document: dict) -> list[str]:
    return [entry["resource"]["resourceType"] for entry in document["entry"]]


@pytest.fixture
def ada(api) -> str:
    return api.make(patient())


def test_no_plan_is_said_and_valid(api, ada) -> None:
    document = ask(api)
    assert document["entry"][0]["resource"]["type"]["coding"][0]["code"] == "no-plan"
    assert "No emergency care plan is known" in words(document, "plan")
    assert "no CPR decision" in words(document, "banner")
    assert kinds(document) == ["Composition", "Patient"]


def test_a_rich_answer_is_valid_and_whole(api, ada) -> None:
    practice = api.make(
        {"resourceType": "Organization", "name": "Colne Valley Practice", "telecom": [{"system": "phone", "value": "01484 1"}]}
    )
    doctor = api.make(
        {"resourceType": "Practitioner", "name": [{"family": "Sutcliffe"}], "telecom": [{"system": "phone", "value": "01484 2"}]}
    )
    role = api.make(
        {"resourceType": "PractitionerRole", "practitioner": {"reference": f"Practitioner/{doctor}"}, "code": [{"text": "Matron"}]}
    )
    daughter = api.make(
        of(ada, "RelatedPerson", relationship=[{"text": "Daughter"}], telecom=[{"system": "phone", "value": "07700 900 001"}])
    )
    team = api.make(
        of(
            ada,
            "CareTeam",
            name="Night team",
            participant=[{"member": {"reference": f"RelatedPerson/{daughter}"}}, {"member": {"reference": f"PractitionerRole/{role}"}}],
        )
    )
    api.put(f"/Patient/{ada}", patient(
        id=ada,
        generalPractitioner=[{"reference": f"{api.face.base}/Organization/{practice}"}],
        contact=[{"relationship": [{"text": "Neighbour"}], "telecom": [{"system": "phone", "value": "07700 900 002"}]}],
    ))  # fmt: skip
    api.make(plan(ada, author={"reference": f"CareTeam/{team}"}))
    api.make(of(ada, "AllergyIntolerance", code={"text": "Penicillin"}, criticality="high"))
    api.make(
        of(
            ada,
            "Consent",
            status="active",
            scope={"text": "Treatment"},
            category=[{"text": "Refuses ventilation"}],
            provision={"type": "deny"},
            policyRule={"text": "x"},
        )
    )
    api.make(observation(ada))
    document = ask(api)
    assert kinds(document) == [
        "Composition",
        "Patient",
        "AllergyIntolerance",
        "Consent",
        "CarePlan",
        "CareTeam",
        "Organization",
        "RelatedPerson",
        "PractitionerRole",
        "Practitioner",
        "Observation",
    ]
    contacts = words(document, "contacts")
    for text in (
        "Colne Valley Practice",
        "01484 1",
        "Sutcliffe",
        "01484 2",
        "Matron",
        "Daughter",
        "07700 900 001",
        "Neighbour",
        "07700 900 002",
        "Night team",
    ):
        assert text in contacts, text
    assert "Allergy: Penicillin (high risk)" in words(document, "banner")
    assert "Refuses ventilation: refused" in words(document, "banner")
    assert document["entry"][0]["resource"]["author"] == [{"display": "Calder"}]  # a team does not write documents


def test_several_live_plans_are_all_shown_newest_first_with_what_is_doubtful_about_them(api, ada) -> None:
    api.make(plan(ada, "Old", period={"end": "2026-01-01"}))
    api.make(plan(ada, "Held", status="on-hold"))
    api.make(plan(ada, "Doubtful", status="unknown"))
    api.make(plan(ada, "Gone", status="revoked"))
    api.make(plan(ada, "New"))
    document = ask(api)
    titles = [entry["resource"]["title"] for entry in document["entry"] if entry["resource"]["resourceType"] == "CarePlan"]
    assert titles == ["New", "Doubtful", "Held", "Old"]
    said = words(document, "plan")
    for text in (
        "There are 4 plans",
        "Old: its review date has passed.",
        "Held: its author has put it on hold.",
        "Doubtful: its author does not know",
    ):
        assert text in said


@pytest.mark.parametrize(("code", "said"), [("450475007", "FOR"), ("304252001", "FOR"), ("450476008", "NOT for"), ("304253006", "NOT for")])
@pytest.mark.parametrize("display", [None, "a display that says nothing"])
def test_a_cpr_decision_is_said_in_words_by_its_code(api, ada, code: str, said: str, display: str | None) -> None:
    api.make(flag(ada, cpr(code, display), period={"start": "2026-02-01"}, author={"display": "Dr Sutcliffe"}))
    banner = words(ask(api), "banner")
    assert banner == f"{said} cardiopulmonary resuscitation since 1 Feb 2026 by Dr Sutcliffe"


def test_decisions_that_contradict_each_other_are_all_shown_and_said_to(api, ada) -> None:
    question = cpr("304251008", "Resuscitation status")
    api.make(flag(ada, cpr("450475007"), period={"start": "2024-01-01", "end": "2025-01-01"}))
    api.make(of(ada, "Observation", status="final", code=question, valueCodeableConcept=cpr("450476008"), effectiveDateTime="2026-01-01"))
    api.make(
        of(
            ada,
            "Observation",
            status="entered-in-error",
            code=question,
            valueCodeableConcept=cpr("450475007"),
            effectiveDateTime="2026-03-01",
        )
    )
    api.make(flag(ada, cpr("450475007"), status="inactive", period={"start": "2026-03-02"}))
    banner = words(ask(api), "banner")
    assert "contradict each other" in banner
    assert banner.count("cardiopulmonary") == 2
    assert banner.index("NOT for cardiopulmonary resuscitation since 1 Jan 2026") < banner.index(
        "FOR cardiopulmonary resuscitation since 1 Jan 2024 until 1 Jan 2025"
    )


def test_a_decision_in_a_plan_alone_counts_for_the_contradiction(api, ada) -> None:
    api.make(plan(ada, activity=[{"detail": {"status": "scheduled", "code": cpr("450476008")}}]))
    api.make(flag(ada, cpr("450475007")))
    document = ask(api)
    assert "contradict each other" in words(document, "banner")
    assert "NOT for cardiopulmonary resuscitation" in words(document, "plan")


def test_what_is_not_in_force_is_not_shown(api, ada) -> None:
    verified = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "code": "refuted"}]}
    api.make(flag(ada, {"text": "Old dog"}, status="entered-in-error"))
    api.make(of(ada, "AllergyIntolerance", code={"text": "Latex"}, verificationStatus=verified))
    assert kinds(ask(api)) == ["Composition", "Patient"]


def test_nothing_of_another_person_appears(api, ada) -> None:
    ben = api.make(patient(BEN))
    relative = api.make(of(ben, "RelatedPerson", name=[{"family": "Stranger"}]))
    team = api.make(of(ben, "CareTeam", name="Strangers"))
    api.make(plan(ben))
    api.make(flag(ben, cpr("450476008")))
    api.make(of(ben, "Consent", status="active", scope={"text": "s"}, category=[{"text": "c"}], policyRule={"text": "x"}))
    api.make(of(ben, "AllergyIntolerance", code={"text": "Nuts"}))
    api.make(observation(ben))
    api.make(plan(ada, careTeam=[{"reference": f"CareTeam/{team}"}], author={"reference": f"RelatedPerson/{relative}"}))
    document = ask(api)
    assert kinds(document) == ["Composition", "Patient", "CarePlan"]
    assert "Stranger" not in str(document)


def test_a_decision_is_not_left_out_for_being_one_of_many(api, ada) -> None:
    api.make(flag(ada, cpr("450476008")))
    entries = [{"resource": flag(ada, {"text": f"Alert {number}"}), "request": {"method": "POST", "url": "Flag"}} for number in range(230)]
    assert api.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries}).status_code == 200
    banner = words(ask(api), "banner")
    assert banner.startswith("NOT for cardiopulmonary resuscitation")
    assert banner.count("Alert ") == 230


def test_a_reading_entered_in_error_never_hides_an_older_one_that_is_not(api, ada) -> None:
    api.make(observation(ada, value=72, when="2026-11-20T10:00:00Z"))
    wrong = [
        observation(ada, value=190, when=f"2026-11-22T{number // 60:02}:{number % 60:02}:00Z", status="entered-in-error")
        for number in range(600)
    ]
    entries = [{"resource": each, "request": {"method": "POST", "url": "Observation"}} for each in wrong]
    assert api.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries}).status_code == 200
    assert "72 /min" in words(ask(api), "readings")


def test_only_the_latest_of_each_kind(api, ada) -> None:
    for number in range(30):
        api.make(observation(ada, value=number, when=f"2026-11-{number + 1:02}T10:00:00Z"))
    api.make(observation(ada, value=97, when="2026-10-01", code="59408-5"))
    document = ask(api)
    assert kinds(document).count("Observation") == 2
    assert "29 /min" in words(document, "readings")


def test_messages_that_are_not_processed_are_counted(api, ada) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    def wait(tx) -> None:
        for number in range(3):
            receipt = tx.archive(Arrival("mllp", b"%d" % number, b"%032d" % number, now))
            tx.conclude(receipt, person=ada)
            if number:
                tx.move(receipt, MessageState.PARKED, reason="E105")

    api.runner.run(api.face.store.submit(wait))
    document = ask(api)
    assert {"system": "urn:x-calder:unprocessed-messages", "code": "3"}.items() <= document["meta"]["tag"][1].items()
    assert "3 messages for this person are not yet processed" in words(document, "about")


@pytest.mark.parametrize("text", ["a\ufffeb", "a\uffffb", "<b>&amp;</b>", "x" * 200_000, "\u202eright to left", "𝔘nicode"])
def test_no_text_breaks_the_document(api, ada, text: str) -> None:
    api.make(plan(ada, title=text, description=text, note=[{"text": text}]))
    api.make(flag(ada, {"text": text}))
    document = ask(api)
    shown = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    assert " ".join(shown.split()) in words(document, "plan")


def test_names_and_times_that_are_missing(api) -> None:
    ada = api.make({"resourceType": "Patient", "identifier": [{"system": NHS, "value": ADA}], "contact": [{"gender": "female"}]})
    api.make(
        of(
            ada,
            "CarePlan",
            status="active",
            intent="plan",
            activity=[{"reference": {"display": "Ring"}}, {"detail": {"status": "scheduled"}}],
        )
    )
    api.make(flag(ada, {"extension": [{"url": "urn:x", "valueString": "x"}]}))
    api.make(of(ada, "Observation", status="preliminary", code={"text": "Pulse"}, valueString="strong"))
    document = ask(api)
    assert "an alert without words" in words(document, "banner")
    assert "strong (preliminary) time not given" in words(document, "readings")


@pytest.mark.parametrize("methods", [("find_people",), ("read",), ("search",), ("unprocessed",), ("submit",)])
@pytest.mark.parametrize("error", [None, StoreBusy, OSError, KeyError, ValueError])
@pytest.mark.parametrize("number", [ADA, BEN])
def test_whatever_fails_it_is_503_and_never_no_plan(api, ada, methods: tuple[str, ...], error: type[Exception] | None, number: str) -> None:
    failing = api.failing(*methods, error=error("planted") if error is not None else None)  # a new one: an exception keeps its frames
    answer = failing.get(f"/Patient/$emergency-care?identifier={number}")
    if number == BEN and methods[0] not in ("find_people", "submit"):
        assert answer.status_code == 404  # known to be nobody before anything failed
        return
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "does NOT mean that there is no plan" in answer.json()["issue"][0]["diagnostics"]
    if methods[0] != "submit":
        assert api.traces()[-1][:3] == ("$emergency-care", "E", "8")


@pytest.mark.parametrize("error", [OSError("no space left"), ValueError("closed file")])
def test_a_log_that_cannot_be_written_changes_no_answer(api, ada, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def error(self, *_: object, **__: object) -> None:
            raise error

    monkeypatch.setattr("hub.engine.events._LOG", Closed())
    assert api.failing("search").get(f"/Patient/$emergency-care?identifier={ADA}").status_code == 503


def test_every_question_has_one_row(api, ada) -> None:
    begun = len(api.audit())
    for query in (f"identifier={ADA}", f"identifier={BEN}", "identifier=9990000019", ""):
        api.get(f"/Patient/$emergency-care?{query}")
    assert [row[1:] for row in api.traces()[begun:]] == [("E", "0", f"Patient/{ada}"), ("E", "4", None), ("E", "4", None), ("E", "4", None)]


def by(**values: str) -> str:
    return "/Patient/$emergency-care?" + urlencode({name.replace("_", "-"): value for name, value in values.items()})


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (by(identifier="999 000 0018"), 200),
        (by(identifier=f"{NHS}|{ADA}"), 200),
        (by(identifier=f"|{ADA}"), 200),
        (by(identifier="urn:x:local|L1"), 200),
        (by(identifier="urn:x:local|L2"), 404),
        (by(identifier="9990000019"), 400),
        (by(identifier="99900000180"), 400),
        (by(identifier=ADA, birthdate="1941-03-07"), 200),
        (by(identifier=ADA, birthdate="1941-03-08"), 409),  # a slip in one of the two: nobody's record is shown
        (by(identifier=BEN, family="Zoë-Brook", birthdate="1941-03-07"), 404),  # the number decides; the name finds nobody instead
        (by(family="Zoë-Brook", birthdate="1941-03-07"), 200),
        (by(family="ZOE-BROOK", birthdate="1941-03-07"), 200),
        (by(family="Zoë-Brook", given="Ada", birthdate="1941-03-07"), 200),
        (by(family="Zoë-Brook", given="Ida", birthdate="1941-03-07"), 404),
        (by(family="Zoë", birthdate="1941-03-07"), 404),  # a part of a name names nobody
        (by(family="Zoë-Brook,Holme", birthdate="1941-03-07"), 404),  # a comma is no "or" here
        (by(family="Zoë-Brook", given="Ida,Ada", birthdate="1941-03-07"), 404),
        (by(family="Zoë-Brook", birthdate="1941"), 400),
        (by(family="Zoë-Brook", birthdate="ge1900-01-01"), 400),
        (by(family="Zoë-Brook"), 400),
        (by(family="Zoë-Brook", gender="female"), 400),
        (by(), 400),
    ],
)
def test_who_is_meant(api, query: str, status: int) -> None:
    local = {"system": "urn:x:local", "value": "L1"}
    api.make(patient(identifier=[{"system": NHS, "value": ADA}, local], name=[{"family": "Zoë-Brook", "given": ["Ada"]}]))
    assert api.get(query).status_code == status
    assert api.request("HEAD", query).status_code == status


@pytest.mark.parametrize(
    "parameters",
    [
        {"resourceType": "Parameters", "parameter": {"name": "identifier"}},
        {"resourceType": "Parameters", "parameter": [1, None, "x"]},
        {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueIdentifier": {"system": {}, "value": []}}]},
        {"resourceType": "Parameters", "parameter": [{"name": ["identifier"], "valueString": ADA}]},
        {"resourceType": "Parameters"},
        {"resourceType": "Patient"},
        [],
        "x",
    ],
)
def test_parameters_that_say_nothing_are_400(api, ada, parameters: object) -> None:
    assert api.post("/Patient/$emergency-care", json=parameters).status_code == 400


def test_parameters_as_clients_send_them(api, ada) -> None:
    for value in ({"valueIdentifier": {"system": NHS, "value": ADA}}, {"valueIdentifier": {"value": "999 000 0018"}}, {"valueString": ADA}):
        answer = api.post("/Patient/$emergency-care", json={"resourceType": "Parameters", "parameter": [{"name": "identifier", **value}]})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
