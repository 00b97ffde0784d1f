"""From bytes to changes, or to the reason why not."""

import pytest

from hub.codec.hl7v2 import Message
from hub.codec.hl7v2.acknowledgement import AckCode
from hub.core.diagnostics import Code, Diagnostic
from hub.engine.change import Kind
from hub.engine.configuration import SourceConfig
from hub.engine.transform import Poison, Transformed, Unacceptable, convert, read
from hub.mapping.conversion import Conversion, Produced
from hub.mapping.syntax import Mode

SOURCE = SourceConfig("airedale")
NO = Code("T001", "no", "no")


class OneMap:
    """Stands for a map set that has one map."""

    digest = "d"

    def __init__(self, gives):
        self._gives = gives

    def find_message_map(self, message):
        return self if self._gives is not None else None

    def get(self, name):
        return None

    def forward(self, message, *, params, givens=None):
        if isinstance(self._gives, Exception):
            raise self._gives
        return self._gives


def body(msh="MSH|^~\\&|A|B|C|D|20260201||ADT^A01|1|P|2.4", rest="PID|1||1"):
    return f"{msh}\r{rest}\r".encode()


def message():
    return read(body(), SOURCE).message


@pytest.mark.parametrize(
    ("bad", "code", "hl7"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", AckCode.AR, "100"),
        (b"", AckCode.AR, "100"),
        (body("MSH|^~\\&|A|B|C|D|20260201||ADT^A01|1|P|9.9"), AckCode.AR, "203"),
        (body("MSH|^~\\&|A|B|C|D|20260201||ADT^A01||P|2.4"), AckCode.AR, "101"),
        (body("MSH|^~\\&|A|B|C|D|20260201||ADT^A01|1|T|2.4"), AckCode.AR, "202"),
        (body("MSH|^~\\&|A|B|C|D|20260201||ADT^A01|1|P|2.4||||||EBCDIC"), AckCode.AR, "103"),
    ],
)
def test_what_the_header_forbids(bad, code, hl7):
    fault = read(bad, SOURCE).fault
    assert fault.code is code
    assert fault.diagnostics[0].code.hl7 == hl7


def test_a_source_may_take_every_processing_id():
    reading = read(body("MSH|^~\\&|A|B|C|D|20260201||ADT^A01|1|T|2.4"), SourceConfig("dev", processing=None))
    assert isinstance(reading.message, Message)
    assert reading.fault is None


def test_the_header_is_read_of_a_message_that_cannot_be():
    reading = read(body("MSH|^~\\&|A|B|C|D|20260201||ADT^A01|77|P|2.4||||||EBCDIC"), SOURCE)
    assert reading.message.control_id == "77"
    assert reading.fault is not None


def test_no_map_is_the_senders_fault():
    refused = convert(message(), OneMap(None), {})
    assert isinstance(refused, Unacceptable)
    assert (refused.code, refused.diagnostics[0].code.hl7) == (AckCode.AE, "200")


def test_what_a_map_refuses_is_told_without_its_remarks():
    remark = Diagnostic(Code("T002", "by the way", "x", severity="information"), "x")
    refused = convert(message(), OneMap(Conversion((), (remark, Diagnostic(NO, "not a date", place="PID-7")))), {})
    assert refused == Unacceptable(AckCode.AE, (Diagnostic(NO, "not a date", place="PID-7"),))


def test_a_map_that_breaks_is_poison_and_names_only_a_place():
    broken = convert(message(), OneMap(ValueError("9990000018 Greenwood")), {})
    assert isinstance(broken, Poison)
    assert broken.fault.startswith("ValueError at ")
    assert "Greenwood" not in broken.fault
    assert broken.diagnostics[0].code.name == "E105"


def test_what_is_made_becomes_changes():
    made = Produced("urn:uuid:1", {"resourceType": "Observation"}, Mode.AMEND, ("A1",), "oru.w", frozenset({"note"}))
    transformed = convert(message(), OneMap(Conversion((made,))), {})
    assert isinstance(transformed, Transformed)
    (change,) = transformed.changes
    assert (change.kind, change.type, change.key, change.cleared, change.rule) == (
        Kind.AMEND,
        "Observation",
        ("A1",),
        frozenset({"note"}),
        "oru.w",
    )


def test_a_message_of_which_nothing_can_be_made_is_told_so():
    refused = convert(message(), OneMap(Conversion(())), {})
    assert isinstance(refused, Unacceptable)
    assert (refused.code, refused.diagnostics[0].code.hl7) == (AckCode.AE, "100")
