"""A corpus of a few messages against small maps, for the tests of `calder map coverage`."""

from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.survey.survey import Survey

MSH = "MSH|^~\\&|A|B|C|D|20260101101010||{}|1|P|{}"
MAP = """
map oru : v2 ORU_R01 <-> fhir Bundle
  drop MSH because "the envelope"
  each PATIENT_RESULT
    patient PATIENT.PID <-> Patient by pid as identify
    each ORDER_OBSERVATION
      report OBR <-> DiagnosticReport by obr with subject = patient key OBR-3
      each OBSERVATION
        result OBX <-> Observation by obx giving time = OBR-7 key OBR-3, OBX-3.1 when OBX-11 not in (X)
      drop OBR-1 because "set id"

map pid : v2 PID <-> fhir Patient
  number PID-3        <-> identifier[*]
  name   PID-5[first] <-> name[1]
  sex    PID-8        <-> gender
  drop PID-1 because "set id"
  keep PID-22 because "awaits its extension"
  drop PID-23 when PID-8 = F because "a test of guards"

map cx : v2 CX <-> fhir Identifier
  value  CX.1   <-> value
  system CX.4.2 <-> system

map xpn : v2 XPN <-> fhir HumanName
  family XPN.1.1 <-> family
  drop XPN.7 because "how it is used"

map cwe : v2 CWE, CE <-> fhir CodeableConcept
  code CWE.1 <-> coding[1].code
  text CWE.2 <-> text

map ei : v2 EI <-> fhir Identifier
  value EI.1 <-> value

map obr : v2 OBR <-> fhir DiagnosticReport
  filler OBR-3 <-> identifier[1]
  code   OBR-4 <-> code

map obx : v2 OBX <-> fhir Observation
  given time : TS
  let kind = OBX-2
  code   OBX-3           <-> code
  text   OBX-5[first]    <-> valueString          when $kind in (ST, TX)
  coded  OBX-5[first]    <-> valueCodeableConcept when $kind = CWE
  time   OBX-14 or $time <-> effectiveDateTime
  status OBX-11          <-> status
  drop OBX-1 because "set id"
  end    OBX-19          <-  "20260101"
"""
PID = "PID|1||5&6^^^A&1.2.3||Ramsbottom|||F"
OBR = "OBR|1||F1|C^Count"


def body(*segments, event="ORU^R01^ORU_R01", version="2.5.1"):
    return "".join(f"{line}\r" for line in (MSH.format(event, version), *segments)).encode()


def survey(*bodies, text=MAP):
    loaded = load({"oru.map": text}, {}, REGISTRY)
    assert [each.detail for each in loaded.diagnostics if each.is_error] == []
    found = Survey(loaded)
    for each in bodies:
        found.take(each)
    return found


def gaps(*bodies, text=MAP):
    """The places that nothing explains, with messages and occurrences."""
    return {str(found.gap): (count.messages, count.occurrences) for found, count in survey(*bodies, text=text).fields}
