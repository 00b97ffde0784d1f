"""Synthetic messages and what they become: people of the 999 range, places that are not."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hub.codec.hl7v2 import Message, parse_message
from hub.core.json import render_json
from hub.mapping.mapset import MapSet
from hub.mapping.run.parts import run_part_forward
from hub.mapping.transaction_bundle import render_bundle

HEAD = "MSH|^~\\&|LAB|RMW|HUB|CALDER|20260301120000+0000||{}|{}|P|{}"
PERSON = "PID|1||9990000018^^^NHS^NH~RH4471902^^^ST JAMES^MR||Ramsbottom^Elsie^May^^Mrs^^L||19401207|F|||12 Beck Lane^Almondbury^Huddersfield^^HD5 8XX^GBR^H||01484 555 0172^PRN^PH|||M|C22||||A"


@cache
def messages() -> tuple[str, ...]:
    return tuple("\r".join(lines) + "\r" for lines in _MESSAGES)


_MESSAGES = (
    (
        HEAD.format("ADT^A01^ADT_A01", "77", "2.4"),
        "EVN|A01|20260301120000+0000",
        PERSON,
        "PD1|||Beck Surgery^^B81001|G9990017^Woolley^Kathleen^^^Dr",
        "NK1|1|Ramsbottom^Harold|SPO^Spouse|12 Beck Lane^^Huddersfield|01484 555 0173",
        "PV1|1|I|Ward 12^Bay B^Bed 3^RMW|||Ward 11|C9990017^Woolley^Kathleen^^^Dr^^^GMC||||||||||V44312|||||||||||||||||||||||||20260301110000",
        "AL1|1|DA|Z88.0^Penicillin^I10|MO|Rash|20200101",
        "ZPI|Y",
    ),
    (
        HEAD.format("ADT^A03^ADT_A03", "78", "2.3"),
        "EVN|A03|202603011200",
        PERSON,
        "PV1|1|O|||||||||||||||||||||||||||||||||||||||||||20260301|20260302",
    ),
    (HEAD.format("ADT^A08", "79", "2.5.1"), "EVN|A08|20260301", PERSON, "PV1|1|E"),
    (
        HEAD.format("ORU^R01^ORU_R01", "80", "2.5.1"),
        PERSON,
        "PV1|1|I|Ward 12",
        "ORC|RE|P1|F1",
        "OBR|1|P1|F1|26604007^Full blood count^SCT|||20260301090000|||||||20260301||C9990017^Woolley||||||20260301100000||HM|F",
        "OBX|1|NM|718-7^Haemoglobin^LN||13.20|g/dL|12.0-16.0|N|||F|||20260301093000",
        "OBX|2|ST|X1^Comment^L||No fracture.~Soft tissue \\T\\ swelling.||||||F",
        "NTE|1||A note^b",
        "OBX|3|CWE|X2^Organism^L||112283007^Escherichia coli^SCT||||||P",
        "OBX|4|SN|X3^Titre^L||>^1^:^128||||||C",
        "OBX|5|TS|X4^When^L||20261025013000||||||F",
        "OBX|6|ED|X5^Report^L||^application^pdf^Base64^aGk=||||||F",
        "SPM|1|S1||119297000^Blood^SCT|||||||||||||20260301",
    ),
    (
        HEAD.format("ORU^R01^ORU_R01", "81", "2.6") + "|||NE|AL|||||IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
        "PID|||9990000026^^^NHS^NH||Unwin^Anna||1931",
        "OBR|1|1^AT4_AHD^1234567890ABCDEF^EUI-64|1^AT4_AHD^1234567890ABCDEF^EUI-64|182777000^monitoring of patient^SNOMED-CT|||20260301120000",
        "OBX|1|CWE|68220^MDC_TIME_SYNC_PROTOCOL^MDC|0.0.0.1|532224^MDC_TIME_SYNC_NONE^MDC||||||R",
        "OBX|2||528391^MDC_DEV_SPEC_PROFILE_BP^MDC|1|||||||X|||||||0123456789ABCDEF^^0123456789ABCDEF^EUI-64",
        "OBX|3||150020^MDC_PRESS_BLD_NONINV^MDC|1.0.1|||||||X|||20260301115500",
        "OBX|4|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.0.1.1|120|266016^MDC_DIM_MMHG^MDC|||||R",
        "OBX|5|NM|150022^MDC_PRESS_BLD_NONINV_DIA^MDC|1.0.1.2|80|266016^MDC_DIM_MMHG^MDC|||||R",
        "OBX|6|NM|149530^MDC_PULS_OXIM_PULS_RATE^MDC|1.0.0.2|71|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||F",
        "OBX|7|NM|149530^MDC_PULS_OXIM_PULS_RATE^MDC|1.0.0.1.1|<71|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||F",
    ),
    (
        "MSH|$%\\&|LAB|RMW|||20260301||ORU$R01|82|P|2.3||||||8859/1",
        "PID|1||X1$$$MR||Unwin$A",
        "OBR|1|P|F|C$Code$L",
        "OBX|1|NM|C$Code$L||1",
        "OBX|2|FT|C$Code$L||a\\.br\\b",
    ),
)


def resources(shipped: MapSet) -> tuple[dict[str, Any], ...]:
    """What the maps make of the messages, with the map that writes them; and one value for each datatype map."""
    found: list[dict[str, Any]] = []
    for text in messages():
        message = parse_message(text.encode())
        assert isinstance(message, Message)
        chosen = shipped.find_message_map(message)
        if chosen is None:
            continue
        bundle = json.loads(render_json(render_bundle(chosen.forward(message, params={}).produced)))
        found += [{"map": chosen.name, "version": version, "resources": bundle} for version in ("2.4", message.version)]
        found.append({"map": chosen.name, "version": "2.5.1", "resources": [entry["resource"] for entry in bundle.get("entry", ())]})
    plan = [
        {
            "resourceType": "CarePlan",
            "id": "1",
            "title": "Plan",
            "meta": {"lastUpdated": "2026-08-13T10:00:00Z"},
            "author": {"display": "Woolley, Kathleen (Dr)"},
        },
        {"resourceType": "Patient", "name": [{"family": "Unwin"}]},
    ]
    found.append({"map": "mdm_t02", "version": "2.4", "resources": plan})
    for name, compiled in sorted(shipped.maps.items()):
        if not compiled.is_message_map:
            for test in (test for file in shipped.files for test in file.tests if test.map == name and test.v2):
                value, _ = run_part_forward(shipped, name, "\r".join(test.v2), params={}, givens={})
                if value is not None:
                    found.append({"map": name, "version": "2.5.1", "resources": json.loads(render_json(value))})
    return tuple(found)
