"""Bad input over the real socket: what the sender is told, what the ledger says, and that the hub goes on answering."""

import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from hub.care.nhs_number import SYSTEM as NHS
from hub.core.json import parse_json
from tests.acceptance.hospital import wait_until
from tests.acceptance.mllp_hub import ANNA, ELSIE, msh, pid, registration, result, wire
from tests.acceptance.mllp_sender import END, START, Sender, connected, tell
from tests.acceptance.record_of import archived, bodies, ledger, receipts

INVALID = "9990000019"  # the check digit is wrong
QUALITY = "urn:x-calder:quality"
OBR = "OBR|1||4262718364^LAB|us-0003^UREA AND ELECTROLYTES^WinPath|||20260501140643||||||||||||||||||F"


def states(hub) -> dict[str, int]:
    books = ledger(hub.data)
    assert books.balanced
    return {state: number for state, number in books.sources.get("mllp", {}).items() if number}


def still_answers(hub) -> None:
    assert tell(hub, registration("ALIVE", nhs="", local="ALIVE")).code == "AA"


def observations(hub) -> list[dict]:
    return [parse_json(body) for body in bodies(hub.data, "Observation").values()]


def patients(hub) -> list[dict]:
    return [parse_json(body) for body in bodies(hub.data, "Patient").values()]


def reported(control_id: str, obx: str, *, version: str = "2.4") -> bytes:
    return wire(msh("ORU^R01", control_id, version=version), pid(), OBR, obx)


# ---------------------------------------------------------------- what is refused, and what its sender is told


NO_RESULT, NO_DATE = "OBX|1|NM|K^Potassium^WinPath||haemolysed|MMOLL|||||F", "OBX|1|NM|K^K^WinPath||4.1|MMOLL|||||F|||20260431"
REFUSED = {  # the message, MSA-1, and of ERR the place and the code of table 0357
    "only a header": (wire(msh("ADT^A28", "1")), "AE", "MSH", {"100"}),
    "only a header, 2.5.1": (wire(msh("ADT^A28", "1", version="2.5.1")), "AE", "MSH", {"100"}),
    "unknown trigger": (wire(msh("ADT^A99", "1"), pid()), "AE", "MSH^1^9", {"200", "201"}),
    "no map for it": (wire(msh("ADT^A34^ADT_A30", "1", version="2.5.1"), pid()), "AE", "MSH^1^9", {"200", "201"}),
    "unknown type": (wire(msh("XYZ^Q99", "1"), pid()), "AE", "MSH^1^9", {"200"}),
    "version 2.9": (wire(msh("ADT^A28", "1", version="2.9"), pid()), "AR", "MSH^1^12", {"203"}),
    "version 9.9": (wire(msh("ADT^A28", "1", version="9.9"), pid()), "AR", "MSH^1^12", {"203"}),
    "unknown charset": (wire(msh("ADT^A28", "1", charset="EBCDIC"), pid()), "AR", "MSH^1^18", {"103"}),
    "a word for NM": (reported("1", NO_RESULT), "AE", "OBX^1^5", {"102"}),
    "a word for NM, 2.5.1": (reported("1", NO_RESULT, version="2.5.1"), "AE", "OBX^1^5", {"102"}),
    "the 31st of April": (reported("1", NO_DATE), "AE", "OBX^1^14", {"102"}),
    "the 13th month": (wire(msh("ADT^A28", "1"), pid().replace("19401207", "19401307")), "AE", "PID^1^7", {"102"}),
}


def test_the_sender_is_told_what_is_wrong_and_where(hub) -> None:
    told = {}
    for number, (name, (body, code, place, errors)) in enumerate(REFUSED.items(), 1):
        answer = tell(hub, body)
        right = any(found[0].startswith(place) and found[1] in errors for found in answer.errors)
        told[name] = "right" if (answer.code, answer.control_id, right) == (code, "1", True) else answer.raw
        assert states(hub) == {"received": number, "refused": number}
        assert archived(hub.data, receipts(hub.data)[0].id) == body
    assert told == dict.fromkeys(REFUSED, "right")
    assert bodies(hub.data) == {}
    still_answers(hub)


def test_the_second_of_two_results_is_named(hub) -> None:
    body = wire(msh("ORU^R01", "1"), pid(), OBR, "OBX|1|NM|NA^Na^W||140|MMOLL|||||F", "OBX|2|NM|K^K^W||haemolysed|MMOLL|||||F")
    answer = tell(hub, body)
    assert answer.code == "AE"
    assert any(place.startswith("OBX^2^5") for place, _ in answer.errors), answer.raw
    assert observations(hub) == []


# ---------------------------------------------------------------- framing


def test_a_truncated_frame_is_not_a_message(hub) -> None:
    with connected(hub.mllp) as sender:
        sender.write(START + registration("1")[:60])
        sender.socket.shutdown(socket.SHUT_WR)
        assert sender.is_closed_by_hub()
    still_answers(hub)
    assert states(hub) == {"received": 1, "committed": 1}


def test_a_frame_begun_again_is_taken_from_its_second_beginning(hub) -> None:
    with connected(hub.mllp) as sender:
        sender.write(START + registration("1")[:60])
        answer = sender.send(registration("2"))
        assert (answer.code, answer.control_id) == ("AA", "2")
    assert states(hub) == {"received": 1, "committed": 1}


def test_noise_between_frames_is_skipped(hub) -> None:
    with connected(hub.mllp) as sender:
        for number in range(3):
            sender.write(b"\x00\xff keep-alive \r\n" * 50)
            assert sender.send(registration(str(number))).control_id == str(number)
    assert states(hub) == {"received": 3, "committed": 3}


def test_64_megabytes_in_one_frame_end_the_connection_and_take_no_memory(hub) -> None:
    still_answers(hub)
    before = _peak_kilobytes(hub)
    with connected(hub.mllp) as sender:
        block = b"A" * (1 << 20)
        try:
            sender.socket.sendall(START + registration("1"))
            for _ in range(64):
                sender.socket.sendall(block)
        except OSError:
            pass
        assert sender.is_closed_by_hub()
    assert _peak_kilobytes(hub) - before < 32 << 10
    still_answers(hub)


def _peak_kilobytes(hub) -> int:
    status = Path(f"/proc/{hub.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def test_a_sender_that_goes_before_its_answer(hub) -> None:
    """What it sent is in the record; when it comes again with the same bytes, it hears the answer that it missed."""
    body = result("1")
    with connected(hub.mllp) as sender:
        sender.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an orderly end
        sender.write(START + body + END)
    wait_until(lambda: states(hub).get("committed") == 1)
    assert tell(hub, body).code == "AA"
    assert states(hub) == {"received": 2, "committed": 1, "duplicate": 1}
    assert len(observations(hub)) == 1


def test_half_a_frame_and_silence_hold_nobody_up(hub) -> None:
    with ExitStack() as stack:
        for number in range(50):
            sender = stack.enter_context(connected(hub.mllp))
            sender.write(START + registration(str(number))[: 10 + number])
        began = time.monotonic()
        for _ in range(20):
            still_answers(hub)
        assert time.monotonic() - began < 5


def test_two_hundred_connections_at_once(hub) -> None:
    with ExitStack() as stack:
        senders = [stack.enter_context(connected(hub.mllp, 30)) for _ in range(200)]

        def send(numbered: tuple[int, Sender]) -> str:
            number, sender = numbered
            return sender.send(result(f"M{number}", order=f"O{number}", nhs="", local=f"L{number % 10}")).code

        with ThreadPoolExecutor(50) as pool:
            assert set(pool.map(send, enumerate(senders))) == {"AA"}
    assert states(hub) == {"received": 200, "committed": 200}
    assert len(observations(hub)) == 200
    assert len(patients(hub)) == 10


# ---------------------------------------------------------------- the same control id


def test_the_same_bytes_again_get_the_same_answer(hub) -> None:
    with connected(hub.mllp) as sender:
        first = sender.send(result("1"))
    again = tell(hub, result("1"))
    assert first.raw == again.raw
    assert states(hub) == {"received": 2, "committed": 1, "duplicate": 1}
    assert len(observations(hub)) == 1


def test_other_bytes_under_a_used_control_id_are_processed_and_flagged(hub) -> None:
    assert tell(hub, result("1", "98.00", order="A")).code == "AA"
    assert tell(hub, result("1", "99.00", order="B")).code == "AA"
    assert states(hub) == {"received": 2, "committed": 2}
    second, first = receipts(hub.data)
    assert first.reason is None
    assert "E104" in second.reason
    assert len(observations(hub)) == 2


def test_a_refused_message_is_looked_at_again(hub) -> None:
    body = wire(msh("ADT^A99", "1"), pid())
    assert [tell(hub, body).code for _ in range(2)] == ["AE", "AE"]
    assert states(hub) == {"received": 2, "refused": 2}


# ---------------------------------------------------------------- odd, and taken all the same


def test_two_people_with_the_same_invalid_nhs_number_stay_two(hub, http) -> None:
    for number in "123":
        assert tell(hub, registration(number, nhs=INVALID, local=f"A{number}" if number != "3" else "A1")).code == "AA"
    found = patients(hub)
    assert len(found) == 2
    for patient in found:
        assert {"system": NHS, "value": INVALID}.items() <= next(each for each in patient["identifier"] if each["system"] == NHS).items()
        assert {"system": QUALITY, "code": "nhs-number-invalid"} in patient["meta"]["tag"]
    parameters = {"identifier": INVALID}
    assert http.get(f"{hub.fhir}/Patient/$emergency-care", params=parameters).status_code == 400


def test_an_invalid_number_alone_identifies_nobody(hub) -> None:
    for number in "12":
        assert tell(hub, registration(number, nhs=INVALID, local=None)).code == "AA"
    assert len(patients(hub)) == 2


def test_a_value_without_its_type_is_read_by_its_looks(hub) -> None:
    rows = ("OBX|1||K^Potassium^W||4.10|MMOLL|||||F", "OBX|2||ACVPU^Consciousness^W||Alert||||||F", "OBX|3||BED^Bed^W||12||||||F")
    assert tell(hub, wire(msh("ORU^R01", "1"), pid(), OBR, *rows)).code == "AA"
    found = {each["code"]["coding"][0]["code"]: each for each in observations(hub)}
    assert str(found["K"]["valueQuantity"]["value"]) == "4.10"
    assert found["K"]["valueQuantity"]["unit"] == "MMOLL"
    assert found["ACVPU"]["valueString"] == "Alert"
    assert found["BED"]["valueString"] == "12"  # a number without a unit may be a name


def test_a_unit_that_is_said_to_be_none(hub) -> None:
    assert tell(hub, reported("1", 'OBX|1|NM|PH^pH^W||7.35|""|||||F')).code == "AA"
    (found,) = observations(hub)
    assert found["valueQuantity"].keys() == {"value"}
    assert str(found["valueQuantity"]["value"]) == "7.35"


def test_a_z_segment_nobody_knows_does_no_harm(hub) -> None:
    body = wire(msh("ORU^R01", "1"), pid(), "ZPD|1|seen", OBR, "OBX|1|NM|K^K^W||4.1|MMOLL|||||F", "ZZZ|\\X41\\^~&|x")
    assert tell(hub, body).code == "AA"
    assert len(observations(hub)) == 1
    assert archived(hub.data, receipts(hub.data)[0].id) == body


def test_four_megabytes_in_one_field(hub) -> None:
    text = "Aller Anfang ist schwer. " * 160_000
    assert len(text) == 4_000_000
    assert tell(hub, reported("1", f"OBX|1|TX|LET^Letter^W||{text}||||||F"), 60).code == "AA"
    (found,) = observations(hub)
    assert found["valueString"].strip() == text.strip()
    still_answers(hub)


# ---------------------------------------------------------------- nothing of a message in what is printed or told

MARKER = "Zqxjkv7"
FIELDS = {"MSH": range(3, 21), "PID": range(1, 40), "OBR": range(1, 46), "OBX": range(1, 20), "NTE": range(1, 5)}
NEEDED_TO_BE_TOLD = {("MSH", 10)}  # MSA-2 repeats it


def full_message(version: str) -> list[list[str]]:
    return [
        line.split("|")
        for line in (
            msh("ORU^R01^ORU_R01", "LEAK", version=version),
            pid(),
            "NTE|1||x",
            OBR,
            "OBX|1|NM|tt-0003-01^Creatinine^WinPath||98.00|UMOLL|||||F|||20260501140643",
            "NTE|1||x",
        )
    ]


def with_marker(version: str, name: str, field: int, text: str) -> bytes:
    segments = full_message(version)
    place = field - 1 if name == "MSH" else field
    for segment in segments:
        if segment[0] == name:
            segment.extend([""] * (place + 1 - len(segment)))
            segment[place] = text
    return wire(*("|".join(segment) for segment in segments))


def marked_messages() -> list[bytes]:
    """The marker in each field in turn, plain and taken apart, in the old and the new form of ERR; and in what is no field at all."""
    found = [
        with_marker(version, name, field, text)
        for version in ("2.4", "2.5.1")
        for name, fields in FIELDS.items()
        for field in fields
        if (name, field) not in NEEDED_TO_BE_TOLD
        for text in (MARKER, f"{MARKER}^{MARKER}^{MARKER}&{MARKER}^{MARKER}")
    ]
    good = result("LEAK")
    found += [
        good + f"{MARKER}|x\r".encode(),
        good + f"OB{MARKER}\r".encode(),
        good.replace(b"MSH|^~\\&", f"MSH|{MARKER}".encode()),
        good + good.replace(b"LEAK", MARKER.encode()),
        MARKER.encode() + good,
        MARKER.encode(),
        f"GET /{MARKER} HTTP/1.1\r\n\r\n".encode(),
        registration("LEAK", local=MARKER).replace(b"Elsie", MARKER.encode() + b"\xff").replace(b"|2.4", b"|2.4||||||UNICODE UTF-8"),
        registration("LEAK").replace(b"19401207", f"1940{MARKER}".encode()),
    ]
    return found


def test_nothing_of_a_refused_message_is_printed_or_told(serve, http) -> None:
    hub = serve()
    for number, numbers in enumerate(((ELSIE, MARKER + "1"), (ANNA, MARKER + "2"))):
        assert tell(hub, registration(f"P{number}", nhs=numbers[0], local=numbers[1], name=f"{MARKER}^{MARKER}")).code == "AA"
    crossed = registration("LEAK", nhs=ELSIE, local=MARKER + "2", name=f"{MARKER}^{MARKER}")
    refused = 0
    with connected(hub.mllp) as sender:
        for body in (*marked_messages(), crossed):
            answer = sender.send(body)
            refused += answer.code != "AA"
            told = [field for segment in answer.segments if segment[0] != "MSH" for field in segment[:2] + segment[3:]]
            assert not any(MARKER in field for field in told), answer.raw
    assert refused > 40
    for receipt in receipts(hub.data):
        assert MARKER not in (receipt.reason or "")
    _ask_badly(hub, http)
    printed = hub.stop_and_read()
    assert MARKER not in printed
    assert printed.count("message refused") == refused  # so it was looked at the right place


def _ask_badly(hub, http) -> None:
    """The same at the FHIR face: what is wrong is named by its place."""
    headers = {"content-type": "application/fhir+json"}
    person = {"resourceType": "Patient", "name": [{"family": MARKER}], "identifier": [{"system": NHS, "value": ELSIE}]}
    wrong = [
        person,
        person | {"birthDate": MARKER},
        person | {"gender": MARKER},
        person | {"active": MARKER},
        person | {"name": MARKER},
        person | {"identifier": [{"system": [MARKER], "value": MARKER}]},
        {"resourceType": "Observation", "status": MARKER, "code": {"text": MARKER}},
        {"resourceType": "Observation", "status": "final", "code": {"text": MARKER}, "valueQuantity": {"value": MARKER}},
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "x"},
            "subject": {"reference": f"urn:uuid:{MARKER}"},
            "issued": MARKER,
        },
        {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": person, "request": {"method": MARKER, "url": MARKER}}]},
    ]
    told = [http.post(f"{hub.fhir}/{each['resourceType']}", json=each, headers=headers) for each in wrong]
    told += [http.post(hub.fhir, json=wrong[-1], headers=headers)]
    told += [http.post(f"{hub.fhir}/Patient", content=f'{{"resourceType":"Patient","id":"{MARKER}'.encode(), headers=headers)]
    question = {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueString": MARKER}]}
    told += [http.post(f"{hub.fhir}/Patient/$emergency-care", json=question, headers=headers)]
    told += [
        http.get(f"{hub.fhir}/{query}")
        for query in (
            f"Patient?birthdate={MARKER}",
            f"Patient?identifier={NHS}|{MARKER}&_count={MARKER}",
            f"Patient?_sort={MARKER}",
            f"Observation?date=ge{MARKER}",
            f"Observation?value-quantity={MARKER}",
            f"Patient/$emergency-care?identifier={MARKER}",
        )
    ]
    for answer in told:
        assert 400 <= answer.status_code < 500, answer.text
        assert MARKER not in answer.text
