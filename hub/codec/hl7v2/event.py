"""Which structure an event has, where MSH-9.3 does not say.

HL7 tables 0003 (event) and 0354 (message structure). Structures were split over the years: ADT A28 is ADT_A01 in 2.3 and ADT_A05 from 2.4.
So each event lists its structures, newest first, and a version takes the first that it has.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from hub.codec.hl7v2 import dictionary

__all__ = ["find_structure", "structure_for"]

# Message code, events, structures newest first. An event's own structure (ADT_A08 in 2.1) goes before all of these.
_FAMILIES: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("ADT", "A04 A08 A13", ("ADT_A01",)),
    ("ADT", "A05 A14 A28 A31", ("ADT_A05", "ADT_A01")),
    ("ADT", "A07", ("ADT_A06",)),
    ("ADT", "A10 A11", ("ADT_A09",)),
    ("ADT", "A12", ("ADT_A12", "ADT_A09")),
    ("ADT", "A21 A22 A23 A25 A26 A27 A29 A32 A33", ("ADT_A21", "ADT_A02")),
    ("ADT", "A34 A35 A36 A46 A47 A48 A49", ("ADT_A30",)),
    ("ADT", "A40 A41 A42", ("ADT_A39",)),
    ("ADT", "A44 A47", ("ADT_A44", "ADT_A43")),
    ("ADT", "A49", ("ADT_A43",)),
    ("ADT", "A51", ("ADT_A50",)),
    ("ADT", "A53", ("ADT_A52",)),
    ("ADT", "A55", ("ADT_A52", "ADT_A54")),
    ("ADT", "A62", ("ADT_A61",)),
    ("MDM", "T03 T05 T07 T09 T11", ("MDM_T01",)),
    ("MDM", "T04 T06 T08 T10", ("MDM_T02",)),
    ("ORU", "R31 R32", ("ORU_R30",)),
    ("ORU", "W01", ("ORU_R01",)),
    ("SIU", "S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24 S26 S27", ("SIU_S12",)),
    ("SRM", "S02 S03 S04 S05 S06 S07 S08 S09 S10 S11", ("SRM_S01",)),
    ("REF", "I13 I14 I15", ("REF_I12",)),
    ("RRI", "I13 I14 I15", ("RRI_I12",)),
    ("RQA", "I09 I10 I11", ("RQA_I08",)),
    ("RPA", "I09 I10 I11", ("RPA_I08",)),
    ("RQI", "I02 I03", ("RQI_I01",)),
    ("PGL", "PC7 PC8", ("PGL_PC6",)),
    ("PPG", "PCH PCJ", ("PPG_PCG",)),
    ("PPP", "PCC PCD", ("PPP_PCB",)),
    ("PPR", "PC2 PC3", ("PPR_PC1",)),
    ("PMU", "B02", ("PMU_B01",)),
    ("PMU", "B05 B06", ("PMU_B04",)),
    ("PEX", "P08", ("PEX_P07",)),
    ("RDE", "O25", ("RDE_O11",)),
    ("RRE", "O26", ("RRE_O12",)),
    ("QBP", "Q22 Q23 Q24 Q25 Q32", ("QBP_Q21",)),
    ("QBP", "Q31", ("QBP_Q11",)),
    ("RSP", "K22", ("RSP_K22", "RSP_K21")),
    ("RSP", "K24", ("RSP_K24", "RSP_K23")),
    ("MFN", "M14", ("MFN_Znn",)),
)


def _by_event() -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for code, events, names in _FAMILIES:
        for event in events.split():
            found[code, event] = found.get((code, event), ()) + names
    return found


_BY_EVENT: Final = _by_event()


@lru_cache(maxsize=4096)
def structure_for(version: str, code: str, trigger: str) -> str | None:
    """The structure of MSH-9.1 and MSH-9.2 in a version; None where the version has none for them."""
    own = f"{code}_{trigger}"
    for name in (own, *_BY_EVENT.get((code, trigger), ()), code):  # the code alone: ACK
        if dictionary.has_structure(version, name):
            return name
    return None


@lru_cache(maxsize=4096)
def find_structure(version: str, code: str, trigger: str, given: str) -> str | None:
    """As `structure_for`, but what the sender gave in MSH-9.3 goes before, where the version knows it."""
    if given and dictionary.has_structure(version, given):
        return given
    return structure_for(version, code, trigger) or given or None
