"""Small maps, for the tests that run datatype and segment maps."""

from hub.mapping.functions import REGISTRY
from hub.mapping.mapset import load
from hub.mapping.run.parts import run_part_backward, run_part_forward

HEAD = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"
TABLES = {
    "tables/sex.csv": HEAD + ",F,,<->,,female,,\n,M,,<->,,male,,\n,U,,->,,unknown,,\n",
    "tables/codes.csv": HEAD
    + "MDC,149530,PULS,<->,http://loinc.org,8867-4,Heart rate,\nMDC,149530,PULS,->,http://snomed.info/sct,78564009,Pulse rate,\n",
    "tables/local.csv": HEAD + "http://local,A,,<->,http://target,alpha,,\n",
    "tables/units.csv": HEAD + ",266016,MMHG,->,http://unitsofmeasure.org,mm[Hg],,\n",
    "tables/systems.csv": HEAD + ",NHS,,<->,,https://fhir.nhs.uk/Id/nhs-number,,\n",
}
CWE = """
map cwe : v2 CWE, CE, CNE <-> fhir CodeableConcept
  code    CWE.1 <-> coding[1].code
  display CWE.2 <-> coding[1].display
  system  CWE.3 <-> coding[1].system by coding_system
  other   CWE.4 <-> coding[2].code
  text    CWE.9 <-> text
"""
CX = """
map cx : v2 CX <-> fhir Identifier
  value     CX.1 <-> value
  authority CX.4 <-> system  by authority_system
  type      CX.5 <-> type.coding[1].code
"""
XPN = """
map xpn : v2 XPN <-> fhir HumanName
  family XPN.1.1 <-> family
  given  XPN.2 <-> given[1]
  middle XPN.3 <-> given[2]
  use    XPN.7 <-> use  or skip  table uses
"""


def maps(*texts):
    """Each text a file of its own, the one under test last and called `m`."""
    loaded = load({f"{number}.map": text for number, text in enumerate(texts)}, TABLES, REGISTRY)
    assert [each for each in loaded.diagnostics if each.is_error] == []
    return loaded


def segment(rows, target="Patient", source="PID", head=""):
    lines = "\n".join(f"  {line}" for line in (head + "\n" + rows).strip().splitlines())
    return f"map m : v2 {source} <-> fhir {target}\n{lines}\n"


def forward(loaded, text, params=None, givens=None, version=None):
    value, found = run_part_forward(loaded, "m", text, params=params or {}, givens=givens or {}, version=version)
    return value, [each.code.name for each in found]


def backward(loaded, value, params=None, givens=None, version=None):
    text, found = run_part_backward(loaded, "m", value, params=params or {}, givens=givens or {}, version=version)
    return text, [each.code.name for each in found]


def patient(**elements):
    return {"resourceType": "Patient", **elements}


# --- paths
