"""Small maps and messages, for the tests that run message maps."""

from hub.codec.hl7v2 import parse_message
from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load

PID = """
map pid : v2 PID <-> fhir Patient
  number PID-3 <-> identifier[*]
  names  PID-5 <-> name[*]
  sex    PID-8 <-> gender
map cx : v2 CX <-> fhir Identifier
  value CX.1 <-> value
map xpn : v2 XPN <-> fhir HumanName
  family XPN.1.1 <-> family
map ei : v2 EI <-> fhir Identifier
  value EI.1 <-> value
map cwe : v2 CWE, CE <-> fhir CodeableConcept
  code CWE.1 <-> coding[1].code
map obr : v2 OBR <-> fhir DiagnosticReport
  filler OBR-3 <-> identifier[1]
  code   OBR-4 <-> code
map obx : v2 OBX <-> fhir Observation
  given time : TS
  code   OBX-3 <-> code
  value  OBX-5[first] <-> valueString  when OBX-2 = ST
  status OBX-11 <-> status
  time   OBX-14 or $time <-> effectiveDateTime
  drop OBX-1 because "set id"
map nte : v2 NTE <-> fhir Annotation
  text NTE-3[first] <-> text
  drop NTE-1 because "set id"
map al1 : v2 AL1 <-> fhir AllergyIntolerance
  code AL1-3 <-> code
"""
ORU = """
map oru : v2 ORU_R01 <-> fhir Bundle
  drop MSH because "the envelope"
  each PATIENT_RESULT
    patient PATIENT.PID <-> Patient by pid as identify
    each ORDER_OBSERVATION
      report OBR <-> DiagnosticReport by obr with subject = patient key OBR-3
      each OBSERVATION
        result OBX <-> Observation by obx
               with subject = patient
               giving time = OBR-7
               in report.result
               key OBR-3, OBX-3.1, OBX-4
               when OBX-11 not in (X, D)
        note NTE <-> result.note[*] by nte
      drop OBR-1, OBR-7 because "set id; handed over"
"""
MSH = "MSH|^~\\&|A|B|C|D|20260101101010||{}|1|P|{}"


def maps(*texts):
    loaded = load({f"{number}.map": text for number, text in enumerate(texts)}, {}, REGISTRY)
    assert [each.detail for each in loaded.diagnostics if each.is_error] == []
    return loaded


def message(*segments, event="ORU^R01", version="2.5.1"):
    return parse_message("".join(f"{line}\r" for line in (MSH.format(event, version), *segments)).encode())


def convert(loaded, received, **more):
    found = loaded.find_message_map(received)
    assert found is not None
    return found.forward(received, params=more.pop("params", {}), **more)


def resources(conversion, kind):
    return [each.resource for each in conversion.produced if each.resource["resourceType"] == kind]


def codes(conversion):
    return [(each.code.name, each.place) for each in conversion.diagnostics]
