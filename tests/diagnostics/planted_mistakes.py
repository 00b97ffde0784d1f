"""For each mistake that a map can have, one place in a shipped map where it is planted.

A plant is a search and what is put in the place of what was found. The sign ⟦ in the text that is put in says where the checker must
point; it is taken out before the map is read. Search: a regular expression over the whole file (MULTILINE), which must be found.
"""

from __future__ import annotations

from dataclasses import dataclass

HERE = "⟦"


@dataclass(frozen=True, slots=True)
class Planted:
    """more: further changes that make the mistake one. detail: a part of what is said, where the code alone says too little."""

    code: str
    file: str
    find: str
    put: str
    more: tuple[tuple[str, str], ...] = ()
    title: str = ""

    @property
    def name(self) -> str:
        return f"{self.code} {self.title or self.file}"


# Where a row may be added to the map of the person, of a result, of a visit and of a name.
PID = r"^(?=  drop PID-1 because)"
OBX = r"^(?=  drop OBX-1 because)"
XPN = r"^(?=  drop XPN\.8)"
ADT = r"^(?=  drop MSH because)"
ORU = r"^(?=        drop OBX when)"
END = r"\Z"

READING = (
    Planted("M001", "pid.map", PID, "  planted ⟦\x07PID-1 <-> active\n"),
    Planted("M001", "pid.map", PID, '  planted "caf⟦\ufffd" -> active because "x"\n', title="not UTF-8"),
    Planted("M002", "pid.map", r"^      (?=because \"race)", "⟦\t"),
    Planted("M003", "pid.map", PID, '  planted ⟦"never closed -> active\n'),
    Planted("M004", "pid.map", PID, "  planted PID-1 <-> active ⟦% 5\n"),
    Planted("M005", "pid.map", PID, '    ⟦planted PID-10[first].1 <-> active because "x"\n'),
    Planted("M006", "pid.map", END, "⟦planted PID-1 <-> active\n"),
    Planted("M007", "pid.map", PID, "  planted " + "f(" * 17 + "⟦PID-1" + ")" * 17 + " <-> active\n"),
    Planted("M008", "pid.map", PID, "  ⟦planted PID-1 active\n"),
    Planted("M009", "pid.map", PID, "  ⟦PID-1 <-> active\n"),
    Planted("M010", "pid.map", PID, "  planted PID-1 <->⟦\n"),
    Planted("M011", "pid.map", PID, "  planted PID-1 <-> active ⟦tabel x\n"),
    Planted("M012", "pid.map", PID, "  planted PID-1 <-> active when PID-1 = 1 ⟦when PID-1 = 2\n"),
    Planted("M013", "adt.map", ADT, '  planted PID -> Patient by pid with active ⟦true because "x"\n'),
    Planted("M014", "pid.map", r"^(  born +)PID-7\b", r"\1⟦pid-7"),
    Planted("M015", "pid.map", r"^(  born +PID-7 +<-> )birthDate", r"\1⟦PID-7"),
    Planted("M016", "pid.map", r"when PID-29 absent", "when PID-29 ⟦missing"),
    Planted("M017", "pid.map", r"^(  born +PID-7 +)<->", r"\1⟦->"),
    Planted("M018", "pid.map", PID, "  planted PID-1 <-> active else ⟦true\n"),
    Planted("M019", "pid.map", PID, "  ⟦drop PID-1\n"),
    Planted("M020", "pid.map", r"^map pid : v2 PID <-> fhir Patient", "map pid : ⟦fhir Patient <-> v2 PID"),
    Planted("M021", "pid.map", r"^(map pid .*\n)", r"\1  versions ⟦2.8..2.3" + "\n"),
    Planted("M022", "pid.map", r"^(map pid .*\n)", r"\1  given ⟦$planted : TS" + "\n"),
    Planted("M023", "pid.map", PID, '  ⟦born PID-1.1 -> maritalStatus.text because "x"\n'),
    Planted("M024", "pid.map", PID, "  ⟦from-to PID-1 <-> active\n"),
    Planted("M025", "pid.map", PID, "  ⟦versions 2.3..2.8\n"),
    Planted("M026", "adt.map", r"^(  patient .*)as merge", r"\1as ⟦merg"),
    Planted("M027", "adt.map", r"^  each AL1", "  each AL1 ⟦when AL1-1 present"),
    Planted("M028", "pid.map", r"^(  born +PID-7 +<-> birthDate)", r"\1 ⟦, gender"),
    Planted("M030", "pid.map", END, 'test "planted"\n  ⟦vv2 PID|||||||1931\n'),
    Planted("M031", "pid.map", END, '⟦test "planted"\n  v2   PID|||||||1931\n'),
    Planted("M032", "pid.map", r'^(  fhir \{"birthDate"): "1931"', r'\1 ⟦"1931"'),
    Planted("M033", "pid.map", END, 'test "planted" of ⟦pit\n  v2   PID|||||||1931\n  round trip exact\n'),
    Planted("M035", "pid.map", END, "map ⟦planted : v2 PID <-> fhir Patient\n"),
    Planted("M036", "pid.map", r"\A", HERE + "\n" * 1_000_001),
    Planted("M037", "mdm_t02.map", r"\A(.|\n)*\Z", "⟦-- nothing\n"),
    Planted("M060", "pid.map", END, 'segment ZPI "Extras"\n  1 ID ⟦Title\n'),
    Planted("M061", "pid.map", END, 'segment ⟦PID "Extras"\n  1 ID "Title"\n'),
    Planted("M062", "pid.map", END, 'segment ZPI "Extras"\n  1 ID "Title"\n  ⟦1 ST "Again"\n'),
    Planted("M063", "pid.map", END, "overlay pid ⟦: v2 PID <-> fhir Patient\n  born PID-7 <-> birthDate\n"),
    Planted("M064", "pid.map", PID, '  drop ⟦row born because "x"\n'),
    Planted("M065", "pid.map", END, "overlay ⟦pid\n"),
)

CHECKING = (
    Planted("M200", "oru_r01.map", r"^(    patient +)PATIENT\.PID\b", r"\1⟦PATIENT.PV3"),
    Planted("M201", "pid.map", r"^(  born +)PID-7\b", r"\1⟦PID-77"),
    Planted("M202", "pid.map", r"^(  born +)PID-7\b", r"\1⟦PID-7.9"),
    Planted("M203", "adt.map", r"^  each AL1", "  each ⟦AL2"),
    Planted("M204", "obr.map", r"^(  status +)OBR-25( +<-> status +table report_status)\s+else unknown because .*", r"\1⟦OBR-25\2"),
    Planted("M205", "pid.map", r"^(  born +PID-7 +<-> )birthDate", r"\1⟦birthdate"),
    Planted("M205", "xpn.map", XPN, '  planted XPN.8 <-> family.⟦estension("http://x").valueString\n', title="below a simple element"),
    Planted("M206", "pid.map", r"fhir Patient$", "fhir ⟦Patent"),
    Planted("M207", "pid.map", r"^(  born +)PID-7\b", r"\1⟦PV1-7"),
    Planted("M208", "pid.map", PID, '  planted ⟦PID-39[first].2 <-> extension("http://x").valueString because "x"\n'),
    Planted("M209", "pid.map", r"^(  born +)PID-7\b", r"\1⟦PID-7[first]"),
    Planted("M210", "pid.map", r"^(  born +)PID-7\b", r"\1⟦PID-8"),
    Planted("M211", "oru_r01.map", r"^(    patient .*by )pid\b", r"\1⟦cx"),
    Planted("M212", "pid.map", PID, "  planted ⟦PID-5.3 <-> contact[1].name.text\n"),
    Planted("M213", "pid.map", PID, '  planted ⟦"perhaps" -> active because "x"\n'),
    Planted("M214", "nte.map", r"lines\(NTE-3\)", "⟦lines(NTE-3, NTE-4)"),
    Planted("M216", "pid.map", r"^(  born +PID-7 +<-> birthDate)", r"\1 table ⟦administrative_sex"),
    Planted("M217", "adt.map", r"^(  kin +NK1(.|\n)*?with patient = )patient", r"\1⟦visit"),
    Planted("M218", "obx.map", r"^  given time : TS", "  given ⟦time : Moment"),
    Planted("M220", "obr.map", r"^map obr ", "map ⟦obr ", more=((r"^  code +OBR-4 .*\n", '  drop OBR-4 because "x"\n'),)),
    Planted("M230", "oru_r01.map", r"^(    patient .*by )pid\b", r"\1⟦pit"),
    Planted("M231", "pid.map", r"table administrative_sex", "table ⟦administrative_sax"),
    Planted("M232", "pid.map", r"when PID-29 absent", "when ⟦$died absent"),
    Planted("M233", "adt.map", r"^(  kin +NK1(.|\n)*?with patient = )patient", r"\1⟦patent"),
    Planted(
        "M235", "xpn.map", END, "map planted : v2 ST, HD -> fhir Extension\n  a HD.1 -> url or refuse\n  b HD.1 -> extension by ⟦planted\n"
    ),
    Planted("M236", "adt.map", r"^(  visit(.|\n)*?giving )event = MSH-9\.2", r"\1⟦evnt = MSH-9.2"),
    Planted(
        "M237",
        "pid.map",
        r"^(map pid .*\n)",
        r"\1  given ⟦planted : ST" + "\n",
        more=((PID, '  planted_row $planted -> extension("http://x").valueString because "x"\n'),),
    ),
    Planted("M238", "pid.map", r"^(map pid .*\n)", r"\1  param ⟦planted : ST = x" + "\n"),
    Planted("M240", "pid.map", END, "map ⟦planted : v2 PID <-> fhir Person\n  born PID-7 <-> birthDate\n"),
    Planted(
        "M250",
        "pid.map",
        r"^(  dead +PID-30 +<-> )deceasedBoolean +when PID-29 absent",
        r"\1⟦deceasedBoolean",
        more=((r"^  drop PID-30 when .*\n", ""),),
    ),
    Planted("M251", "pid.map", r"^  dead( .*)when PID-29 absent", r"  ⟦dead\1when PID-29 absent, PID-29 present"),
    Planted("M252", "pid.map", PID, '  planted "true" or ⟦PID-30 -> active because "x"\n'),
    Planted("M253", "pid.map", PID, '  keep ⟦PID-7 because "x"\n'),
    Planted("M254", "obx.map", OBX, '  drop OBX-2 when ⟦OBX-2 = STR because "x"\n'),
    Planted("M260", "pid.map", r"^(  born +PID-7 +<-> birthDate)", r"\1 when ⟦PID-10 present"),
    Planted("M261", "pid.map", r"^(  marriage +)PID-16\[first\](.*)because .*", r"\1⟦PID-16[first]\2"),
    Planted(
        "M262",
        "xtn.map",
        r"^(  number +).*<-> value +when XTN\.4 absent, system != email",
        r"\1⟦telephone(XTN.5, XTN.6, XTN.7, XTN.8) <-> value when XTN.4 absent, system != email",
    ),
    Planted(
        "M263", "pid.map", PID, '  planted PID-10[first].1 <-> extension("http://x").valueString table ⟦encounter_status because "x"\n'
    ),
    Planted(
        "M266",
        "pid.map",
        PID,
        '  planted PID-10[first] <-> extension("http://x").valueCodeableConcept by ⟦one_way because "x"\n',
        more=((END, "map one_way : v2 CE, CWE -> fhir CodeableConcept\n  a CE.1 -> text\n"),),
    ),
    Planted(
        "M266",
        "pid.map",
        PID,
        '  planted ⟦PID-15 <-> extension("http://x").valueAddress\n',
        title="by the types alone",
        more=((END, "map one_way : v2 CE, CWE -> fhir Address\n  a CE.1 -> text\n"),),
    ),
    Planted("M267", "pid.map", r"^(  work_phone +PID-14 +)-> +telecom +with use = work\s+because .*", r"\1<-> ⟦telecom[*]"),
    Planted(
        "M268", "pid.map", PID, '  let planted = coding_system(PID-15.3)\n  planted_row ⟦$planted <-> extension("http://x").valueUri\n'
    ),
    Planted("M270", "pid.map", r"table administrative_sex", "table ⟦observation_status"),
    Planted("M280", "adt.map", ADT, '  planted NK1 -> ⟦RelatedPerson by nk1 with patient = patient because "x"\n'),
    Planted("M281", "pid.map", r"^  born( .*)", r"  ⟦born\1 key PID-7"),
    Planted("M282", "oru_r01.map", r"in report\.result", "in report.⟦conclusion"),
    Planted("M284", "oru_r01.map", ORU, '        keep OBX-5 when ⟦PARENT.OBX-3.1 = x because "x"\n'),
    Planted("M290", "nte.map", r"^  drop NTE-2 .*\n", "", more=((END, 'test ⟦"planted"\n  v2   NTE||L|x\n  fhir {"text": "x"}\n'),)),
    Planted("M291", "pid.map", r'^(test )("a death without a time"\n)', r"\1⟦\2  given planted = x" + "\n"),
)

_TABLE = "source_system,source_code,source_display,arrow,target_system,target_code,target_display,note\n"

TABLES = (
    Planted("M480", "administrative_sex.csv", r"\Asource_system", "⟦source_sistem"),
    Planted("M481", "administrative_sex.csv", END, "⟦,X,,<=>,,unknown,,\n"),
    Planted("M482", "administrative_sex.csv", END, "⟦,W,Woman,<->,http://hl7.org/fhir/administrative-gender,female,Female,\n"),
    Planted("M483", "administrative_sex.csv", r"^(.*,F,.*\n)", r"\1⟦\1"),
    Planted("M239", "planted.csv", END, f"⟦{_TABLE},X,,<->,,Y,,\n"),
)

SITES = (
    Planted("M471", "local/planted.map", END, "map ⟦pid : v2 PID <-> fhir Patient\n  born PID-7 <-> birthDate\n"),
    Planted("M300", "local/planted.map", END, 'segment ZPI "Extras"\n  1 ⟦QQ "Title"\n'),
    Planted("M301", "local/planted.map", END, "overlay ⟦pit\n  born PID-7 <-> birthDate\n"),
    Planted("M301", "local/planted.map", END, 'overlay pid\n  drop row ⟦borne because "x"\n', title="no such row"),
    Planted("M302", "local/planted.map", END, "overlay pid\n  born PID-7 <-> birthDate\noverlay pid\n  ⟦born PID-7 <-> birthDate\n"),
    Planted("M303", "local/planted.map", END, "overlay oru_r01\n  param ⟦unverified_status : code = final\n"),
    Planted("M304", "local/planted.map", END, "overlay adt\n  each AL1\n    ⟦patient PID <-> Patient by pid as merge\n"),
)

URL = "https://example.org/StructureDefinition/"


def profile(name: str, element: str) -> str:
    """A profile of Patient that says one thing."""
    return (
        f'{{"resourceType": "StructureDefinition", "url": "{URL}{name}", "type": "Patient", '
        f'"differential": {{"element": [{{"path": "Patient"}}, {element}]}}}}'
    )


PROFILE_TEXTS = {
    "profiles/alone.json": profile("Alone", '{"path": "Patient.maritalStatus", "max": "0"}'),
    "profiles/seen.json": profile("Seen", '{"path": "Patient.photo", "mustSupport": true}'),
    "profiles/born.json": profile("Born", '{"path": "Patient.birthDate", "min": 1}'),
}

PROFILES = (
    Planted("M330", "profiles/planted.json", END, "⟦{]"),
    Planted("M331", "pid.map", r"fhir Patient$", f'fhir Patient profile ⟦"{URL}Allone"'),
    Planted("M332", "xpn.map", r"fhir HumanName$", f'fhir HumanName profile ⟦"{URL}Alone"'),
    Planted(
        "M333",
        "pid.map",
        r"fhir Patient$",
        f'fhir Patient profile "{URL}Alone"',
        more=((r"^(  marriage .*<-> *)maritalStatus", r"\1⟦maritalStatus"),),
    ),
    Planted("M334", "pid.map", r"fhir Patient$", f'fhir Patient profile ⟦"{URL}Seen"'),
    Planted(
        "M204",
        "pid.map",
        r"fhir Patient$",
        f'fhir Patient profile "{URL}Born"',
        more=((r"^(  born +)PID-7", r"\1⟦PID-7"),),
        title="of a profile",
    ),
    Planted("M335", "profiles/planted.json", END, f"⟦{PROFILE_TEXTS['profiles/alone.json']}"),
)

EVERY = (*READING, *CHECKING, *TABLES, *SITES, *PROFILES)
# What no single mistake in a map can bring about.
NOT_PLANTED = {
    "M305": "two `each` of one group with a `where` each: no shipped map has them",
    "M320": "counts the mistakes beyond the twentieth: test_shortening",
}
