"""Rows and their clauses, as docs/mapping-language.md has them."""

from __future__ import annotations

import pytest

from hub.core.diagnostics import Span
from hub.mapping.parse.parser import parse_map_file
from hub.mapping.syntax import (
    Alternative,
    Arrow,
    Call,
    Condition,
    Constant,
    Each,
    Expression,
    FhirPath,
    FhirStep,
    GroupStep,
    Item,
    LeftOut,
    Let,
    Mode,
    Name,
    Row,
    V2Path,
)

HEAD = "map m : v2 OBX <-> fhir Observation\n"


def items(*lines: str, head: str = HEAD) -> tuple[Item, ...]:
    file, diagnostics = parse_map_file("m.map", head + "".join(f"  {line}\n" for line in lines))
    assert diagnostics == ()
    return file.maps[0].body


def row(*lines: str, head: str = HEAD) -> Row:
    (item,) = items(*lines, head=head)
    assert isinstance(item, Row)
    return item


def atoms(expression: Expression) -> list[object]:
    return [alternative.atom for alternative in expression.alternatives]


def v2(text: str, head: str = HEAD) -> V2Path:
    (atom,) = atoms(row(f"a {text} <-> b", head=head).left)
    assert isinstance(atom, V2Path)
    return atom


# --- paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PID-3", ((), "PID", 3, None, None, None)),
        ("PID-3[2]", ((), "PID", 3, 2, None, None)),
        ("PID-3[first].4", ((), "PID", 3, "first", 4, None)),
        ("PID-3[last]", ((), "PID", 3, "last", None, None)),
        ("PID-3[*].4.1", ((), "PID", 3, "*", 4, 1)),
        ("ZPI-1", ((), "ZPI", 1, None, None, None)),
        ("CX.4.1", ((), "CX", None, None, 4, 1)),
        ("PID", ((), "PID", None, None, None, None)),
        ("PATIENT.VISIT.PV1-44", ((GroupStep("PATIENT"), GroupStep("VISIT")), "PV1", 44, None, None, None)),
        ("PATIENT.PID", ((GroupStep("PATIENT"),), "PID", None, None, None, None)),
        ("OBSERVATION", ((GroupStep("OBSERVATION"),), None, None, None, None, None)),
        ("PARENT.OBX-3", ((GroupStep("PARENT"),), "OBX", 3, None, None, None)),
    ],
)
def test_v2_paths(text: str, expected: tuple[object, ...]) -> None:
    path = v2(text)
    assert (path.groups, path.segment, path.field, path.repetition, path.component, path.subcomponent) == expected
    assert path.span == Span("m.map", 2, 5, len(text))


def test_the_first_node_below_for_which_a_condition_holds() -> None:
    path = v2("MEMBER[OBX-3.1 = 150021].OBX-5")
    (step,) = path.groups
    assert step.name == "MEMBER"
    assert step.where is not None
    assert (step.where.test, step.where.values) == ("=", ("150021",))
    assert (path.segment, path.field) == ("OBX", 5)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("status", (FhirStep("status"),)),
        ("name[*].family", (FhirStep("name", "*"), FhirStep("family"))),
        ("name[2].given[1]", (FhirStep("name", 2), FhirStep("given", 1))),
        ("component:systolic.valueQuantity", (FhirStep("component", slice="systolic"), FhirStep("valueQuantity"))),
        ('extension("https://a.b/c").valueCode', (FhirStep("extension", url="https://a.b/c"), FhirStep("valueCode"))),
        ("Patient.birthDate", (FhirStep("Patient"), FhirStep("birthDate"))),
    ],
)
def test_fhir_paths(text: str, steps: tuple[FhirStep, ...]) -> None:
    right = row(f"a OBX-1 <-> {text}").right
    assert right == FhirPath(steps, Span("m.map", 2, 15, len(text)))


# --- the v2 side


def test_the_first_that_is_populated_and_why() -> None:
    left = row('a OBX-14 or $time or value_type(OBX-5, OBX-6.1) because "OBX-2 is empty" or "x" <-> b').left
    path, name, call, literal = atoms(left)
    assert isinstance(path, V2Path)
    assert isinstance(name, Name)
    assert name.name == "time"
    assert isinstance(call, Call)
    assert call.function == "value_type"
    assert [isinstance(argument.alternatives[0].atom, V2Path) for argument in call.arguments] == [True, True]
    assert isinstance(literal, Constant)
    assert [alternative.because for alternative in left.alternatives] == [None, None, "OBX-2 is empty", None]


def test_a_word_in_capitals_is_a_path_only_where_a_path_can_stand() -> None:
    (let,) = items("let kind = OBX-2 or NM")
    assert isinstance(let, Let)
    assert isinstance(atoms(let.value)[1], Constant)
    (let,) = items("let whole = CX", head="map m : v2 CX <-> fhir Identifier\n")
    assert isinstance(let, Let)
    assert isinstance(atoms(let.value)[0], V2Path)


@pytest.mark.parametrize("arrow", ["<->", "->", "<-"])
def test_arrows(arrow: str) -> None:
    assert row(f'a OBX-1 {arrow} b because "so"').arrow is Arrow(arrow)


def test_rows_of_a_one_way_map_need_no_reason() -> None:
    assert row("a OBX-1 <- b", head="map m : v2 OBX <- fhir Observation\n").clauses.because is None


def test_a_row_backward_may_write_a_value() -> None:
    head = "map m : v2 MDM_T02 <- fhir Bundle\n"
    assert isinstance(row('event MSH-9 <- "MDM^T02^MDM_T02"', head=head).value, Constant)
    assert isinstance(row("sender MSH-3 <- $sending_application", head=head).value, Name)
    call = row("content OBX-5.5 <- plan_html(Bundle, Composition.date)", head=head)
    assert isinstance(call.value, Call)
    assert [
        argument.alternatives[0].atom.steps[0].name
        for argument in call.value.arguments
        if isinstance(argument.alternatives[0].atom, FhirPath)
    ] == [
        "Bundle",
        "Composition",
    ]
    assert call.right.steps == ()


# --- clauses


def test_every_clause_at_once_over_several_lines() -> None:
    clauses = row(
        "result OBX <-> Observation by obx(OBX-2)",
        "       with subject = patient, code.coding[1].system = $system, status = final",
        "       giving time = OBR-7 or OBR-6, unit = OBX-6.1",
        "       in report.result",
        "       key OBR-3, OBX-3.1",
        "       when OBX-11 not in (X, U), $kind = NM unless OBX-5 absent",
        "       table codes agreeing",
        "       as merge or skip",
        '       else final because "absent before 2.3"',
    ).clauses
    assert clauses.by is not None
    assert (clauses.by.function, len(clauses.by.arguments)) == ("obx", 1)
    assert [binding.name for binding in clauses.with_] == ["subject", "code.coding[1].system", "status"]
    assert isinstance(clauses.with_[0].value.alternatives[0].atom, Constant)
    assert isinstance(clauses.with_[1].value.alternatives[0].atom, Name)
    assert [(binding.name, len(binding.value.alternatives)) for binding in clauses.giving] == [("time", 2), ("unit", 1)]
    assert clauses.member_of is not None
    assert (clauses.member_of[0], clauses.member_of[1].steps) == ("report", (FhirStep("result"),))
    assert len(clauses.key) == 2
    assert [(each.test, each.values) for each in clauses.when] == [("not in", ("X", "U")), ("=", ("NM",))]
    assert [each.test for each in clauses.unless] == ["absent"]
    assert (clauses.table, clauses.agreeing) == ("codes", True)
    assert (clauses.mode, clauses.policy) == (Mode.MERGE, "skip")
    assert clauses.default is not None
    assert (clauses.default.value.text, clauses.default.because) == ("final", "absent before 2.3")


def test_a_reason_after_a_default_and_one_for_the_row() -> None:
    clauses = row('a OBX-1 -> b else x because "of the default" because "of the row"').clauses
    assert clauses.default is not None
    assert (clauses.default.because, clauses.because) == ("of the default", "of the row")


@pytest.mark.parametrize(
    ("text", "test", "values"),
    [
        ("OBX-2 = NM", "=", ("NM",)),
        ("OBX-2=NM", "=", ("NM",)),
        ('OBX-6.1 != "mm[Hg]"', "!=", ("mm[Hg]",)),
        ("OBX-2 in (ST, TX , FT)", "in", ("ST", "TX", "FT")),
        ("OBX-3.1 in (8867-4, 2.5)", "in", ("8867-4", "2.5")),
        ("OBX-2 present", "present", ()),
        ("status absent", "absent", ()),
    ],
)
def test_conditions(text: str, test: str, values: tuple[str, ...]) -> None:
    (condition,) = row(f"a OBX-5 <-> b when {text}").clauses.when
    assert (condition.test, condition.values) == (test, values)
    assert condition.span.length == len(text)


def test_the_subject_of_a_condition() -> None:
    first, second, third = row("a OBX-5 <-> b when OBX-2 present, $kind present, code.text present").clauses.when
    assert [type(each.subject) for each in (first, second, third)] == [V2Path, Name, FhirPath]


# --- what is not a row


def test_drop_and_keep() -> None:
    drop, keep = items('drop OBX-1, PATIENT, NTE because "so"', 'keep OBX-6 when OBX-6 = "x" because "later"')
    assert isinstance(drop, LeftOut)
    assert isinstance(keep, LeftOut)
    assert (drop.kept, [path.segment for path in drop.paths], drop.because) == (False, ["OBX", None, "NTE"], "so")
    assert (keep.kept, len(keep.when), keep.because) == (True, 1, "later")


def test_the_condition_of_a_drop_may_stand_behind_its_reason() -> None:
    (drop,) = items('drop OBX-1 because "so" when OBX-2 = NM')
    assert isinstance(drop, LeftOut)
    assert isinstance(drop.when[0], Condition)


def test_each_with_its_body() -> None:
    (each,) = items(
        "each PATIENT_RESULT.ORDER_OBSERVATION",
        "  report OBR <-> DiagnosticReport",
        "  each OBSERVATION tree OBX-4 where OBX-3 present, OBX-11 != X",
        "      result OBX <-> Observation",
        "  last NTE <-> Annotation",
        head="map m : v2 ORU_R01 <-> fhir Bundle\n",
    )
    assert isinstance(each, Each)
    assert each.group == "PATIENT_RESULT.ORDER_OBSERVATION"
    first, inner, last = each.body
    assert isinstance(inner, Each)
    assert (isinstance(first, Row), isinstance(last, Row), len(inner.body)) == (True, True, 1)
    assert inner.tree is not None
    assert (inner.tree.field, len(inner.where)) == (4, 2)


def test_let_carries_the_reason_of_an_alternative() -> None:
    (let,) = items('let kind = OBX-2 or value_type(OBX-5) because "OBX-2 is empty"')
    assert isinstance(let, Let)
    assert [type(alternative) for alternative in let.value.alternatives] == [Alternative, Alternative]
    assert let.value.alternatives[1].because == "OBX-2 is empty"


def test_names_that_are_head_words_elsewhere() -> None:
    """A row may be called `given`: XPN has such rows."""
    first, second = items("given XPN.2 <-> given[1]", "table_of XPN.3 <-> given[2]", head="map m : v2 XPN <-> fhir HumanName\n")
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert (first.name, second.name) == ("given", "table_of")


def test_a_row_called_given_goes_on_over_a_when() -> None:
    assert row("given XPN.2 <-> given[1]", "  when XPN.2 present").clauses.when


def test_an_open_comma_takes_the_next_line() -> None:
    assert len(row("a OBX-5 <-> b with c = d,", "      e = f").clauses.with_) == 2
