"""Makes hub/fhir/r4_facts.jsonl from HL7's own definitions. Run by hand when the source changes, which R4 never will.

    npm pack hl7.fhir.r4.examples@4.0.1 && tar xzf hl7.fhir.r4.examples-4.0.1.tgz
    python conformance/definitions/make_r4_facts.py package

Facts only: paths, cardinalities, types, bindings with their codes, search parameters, compartments. No narrative.
One line for each fact, keyed by its first member, so that a reader can compare two versions line by line and a program
can decode only the lines it needs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Facts = dict[str, Any]

FACT_FILE = Path(__file__).parents[2] / "hub" / "fhir" / "r4_facts.jsonl"
DEFINITION = "http://hl7.org/fhir/StructureDefinition/"
FHIR_TYPE = f"{DEFINITION}structuredefinition-fhir-type"
REGEX = f"{DEFINITION}regex"

# Required bindings to systems that are open, or that their owners change: only the format of the code can be checked.
FORMATS = {
    "http://hl7.org/fhir/ValueSet/mimetypes": r"[^\s/]+/[^\s/;]+(\s*;.*)?|xml|json|ttl",
    "http://hl7.org/fhir/ValueSet/currencies": r"[A-Z]{3}",
    "http://hl7.org/fhir/ValueSet/ucum-units": "",
    "http://loinc.org/vs/LL379-9": "",
}


def main(package: Path) -> None:
    definitions = list(read_structures(package))
    lines = [
        read_source(package),
        *(structure_facts(definition) for definition in definitions),
        *binding_facts(package, definitions),
        *search_facts(package),
        *compartment_facts(package),
    ]
    text = "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines)
    FACT_FILE.write_text(text, encoding="utf-8")
    print(f"{FACT_FILE.name}: {len(lines)} facts, {len(text.encode())} bytes")


def read(path: Path) -> Facts:
    facts: Facts = json.loads(path.read_text(encoding="utf-8"))
    return facts


def read_source(package: Path) -> Facts:
    about = read(package / "package.json")
    if about["version"] != "4.0.1":
        raise SystemExit("this makes the facts of R4, version 4.0.1, and of nothing else")
    return {
        "source": about["name"],
        "version": about["version"],
        "licence": about["license"],
        "publisher": about["author"],
        "url": about["url"],
        "made_by": "conformance/definitions/make_r4_facts.py",
    }


# --- structures


def read_structures(package: Path) -> Iterator[Facts]:
    """The resources and datatypes themselves: no profiles, no logical models, no extensions."""
    for path in sorted(package.glob("StructureDefinition-*.json")):
        definition = read(path)
        if definition["kind"] != "logical" and definition.get("derivation") != "constraint":
            yield definition


def structure_facts(definition: Facts) -> Facts:
    name = definition["type"]
    facts: Facts = {"structure": name, "kind": definition["kind"]}
    if base := definition.get("baseDefinition"):
        facts["base"] = base.removeprefix(DEFINITION)
    if definition["abstract"]:
        facts["abstract"] = True
    elements = definition["snapshot"]["element"]
    if definition["kind"] == "primitive-type":
        pattern = next((regex_of(element) for element in elements if element["path"] == f"{name}.value"), None)
        return facts | ({"regex": pattern} if pattern else {})
    return facts | {"elements": [element_facts(name, element) for element in elements if is_own(name, element)]}


def is_own(name: str, element: Facts) -> bool:
    """Whether the element is declared here; what comes from Element, Resource and the like stands once, with them."""
    return bool(element["path"] != name and element["base"]["path"].split(".")[0] == name)


def regex_of(element: Facts) -> str | None:
    for extension in element["type"][0].get("extension", ()):
        if extension["url"] == REGEX:
            return str(extension["valueString"])
    return None


def element_facts(name: str, element: Facts) -> Facts:
    facts: Facts = {"path": element["path"].removeprefix(f"{name}.")}
    if element["min"]:
        facts["min"] = element["min"]
    if element["max"] != "1":
        facts["max"] = element["max"]
    facts |= content_facts(element)
    if targets := target_types(element):
        facts["targets"] = targets
    if binding := element.get("binding"):
        facts["binding"] = [binding["strength"], binding.get("valueSet", "").split("|")[0]]
    flags = {"modifier": element.get("isModifier"), "summary": element.get("isSummary")}
    return facts | {key: True for key, flag in flags.items() if flag}


def content_facts(element: Facts) -> Facts:
    if reference := element.get("contentReference"):
        return {"same_as": reference.removeprefix("#")}
    if element["path"] == "Resource.id":
        return {"types": ["id"]}  # typed as string, and in words an id: https://hl7.org/fhir/R4/resource.html#id
    return {"types": [type_name(kind) for kind in element["type"]]}


def type_name(kind: Facts) -> str:
    """Element ids and Extension.url are typed as FHIRPath strings, with the FHIR type in an extension."""
    for extension in kind.get("extension", ()):
        if extension["url"] == FHIR_TYPE:
            return str(extension["valueUrl"])
    return str(kind["code"])


def target_types(element: Facts) -> list[str]:
    """The resource types a Reference may name; none when it may name any."""
    names = [
        profile.removeprefix(DEFINITION)
        for kind in element.get("type", ())
        if kind["code"] == "Reference"
        for profile in kind.get("targetProfile", ())
    ]
    return [] if "Resource" in names else names


# --- bindings


def binding_facts(package: Path, definitions: list[Facts]) -> Iterator[Facts]:
    """The codes of each value set that some element requires, from HL7's own expansions."""
    required = {
        element["binding"]["valueSet"].split("|")[0]
        for definition in definitions
        for element in definition["snapshot"]["element"]
        if element.get("binding", {}).get("strength") == "required"
    }
    expansions = {
        entry["resource"]["url"]: entry["resource"]["expansion"] for entry in read(package / "Bundle-valueset-expansions.json")["entry"]
    }
    for url in sorted(required):
        if url in FORMATS:
            yield {"binding": url, "format": FORMATS[url]}
        else:
            yield {"binding": url, "codes": expanded_codes(expansions[url])}


def expanded_codes(expansion: Facts) -> dict[str, list[str]]:
    if expansion.get("extension"):
        raise SystemExit("an expansion is marked as incomplete: give its value set a format")
    codes: dict[str, list[str]] = {}
    waiting = list(expansion["contains"])
    while waiting:
        concept = waiting.pop(0)
        waiting[:0] = concept.get("contains", ())
        if not concept.get("abstract"):
            codes.setdefault(concept["system"], []).append(concept["code"])
    return codes


# --- search parameters


def search_facts(package: Path) -> Iterator[Facts]:
    """The official parameters, gathered by the type they search, each with the part of its expression for that type."""
    official = [entry["resource"] for entry in read(package / "Bundle-searchParams.json")["entry"]]
    code_of = {parameter["url"]: parameter["code"] for parameter in official}
    by_type: dict[str, list[Facts]] = {}
    for parameter in official:
        for base in parameter["base"]:
            by_type.setdefault(base, []).append(parameter_facts(parameter, base, code_of))
    for base in sorted(by_type):
        yield {"search": base, "parameters": sorted(by_type[base], key=lambda facts: str(facts["code"]))}


def parameter_facts(parameter: Facts, base: str, code_of: dict[str, str]) -> Facts:
    facts: Facts = {"code": parameter["code"], "id": parameter["id"], "type": parameter["type"]}
    if expression := parameter.get("expression"):
        own = [part for part in split_alternatives(expression) if part.lstrip("(").split(".")[0] == base]
        facts["expression"] = " | ".join(own) if own else expression
    if targets := parameter.get("target"):
        facts["targets"] = targets
    if components := parameter.get("component"):
        facts["components"] = [[code_of[component["definition"]], component["expression"]] for component in components]
    return facts


def split_alternatives(expression: str) -> list[str]:
    """At each `|` that stands outside parentheses."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(expression):
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            parts.append(expression[start:index].strip())
            start = index + 1
    return [*parts, expression[start:].strip()]


# --- compartments


def compartment_facts(package: Path) -> Iterator[Facts]:
    for name in ("device", "encounter", "patient", "practitioner", "relatedPerson"):
        definition = read(package / f"CompartmentDefinition-{name}.json")
        members = {row["code"]: row["param"] for row in definition["resource"] if row.get("param")}
        yield {"compartment": definition["code"], "members": members}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
