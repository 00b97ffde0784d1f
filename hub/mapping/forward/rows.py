"""One row, forward: guards, the first populated source, conversion, `with`, and the place it is put in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.core.json import Json
from hub.mapping.codes.run import ABSENT_REFUSED, ALTERNATIVE_USED, DEFAULT_USED, LEFT_OUT
from hub.mapping.forward import values
from hub.mapping.forward.attached import compile_with
from hub.mapping.forward.conditions import compile_guard, compile_unless, same_field
from hub.mapping.forward.planning import Guard, Planned
from hub.mapping.forward.primitive_lists import reaches_into
from hub.mapping.forward.quick_rows import quick_row
from hub.mapping.forward.reach import PartReach, SegmentReach, Test
from hub.mapping.forward.read_v2 import source_index
from hub.mapping.forward.sources import Alternative, CompileRow, compile_alternative
from hub.mapping.forward.taking import Take, Taking
from hub.mapping.forward.tracing import traced_row
from hub.mapping.forward.unmade import Why, explain_row
from hub.mapping.forward.write_fhir import Put, compile_put, element_names, fhir_type_at
from hub.mapping.items import iter_rows
from hub.mapping.running import Frame, LeaveOut, Run
from hub.mapping.syntax import Condition, Constant, Expression, FhirPath, FhirStep, Name, V2Path
from hub.mapping.syntax import Row as RowSyntax
from hub.mapping.tables import Coded

__all__ = ["Row", "compile_row", "plan_row"]

Row = Callable[[Run, Frame], None]


def compile_row(context: CompileRow, row: RowSyntax) -> Row:
    """With its guards before it."""
    return _compile(context, row, [guard.test for guard in _guards(context, row)])


def plan_row(context: CompileRow, row: RowSyntax) -> Planned:
    """With its guards beside it."""
    path = row.left.alternatives[0].atom
    quiet = len(row.left.alternatives) == 1 and row.clauses.default is None and row.clauses.policy is None
    at = source_index(path) if isinstance(path, V2Path) and quiet and isinstance(context.reach, SegmentReach) else None
    return Planned(_compile(context, row, []), tuple(_guards(context, row)), at)


def _compile(context: CompileRow, row: RowSyntax, guards: Sequence[Test]) -> Row:
    if not row.right.steps:
        return _nothing
    fhir_type, _, required = fhir_type_at(context.target, row.right.steps)
    alternatives = [compile_alternative(context, row, each.atom, each.because, fhir_type) for each in row.left.alternatives]
    put = _put(context, row, fhir_type)
    required = required and len(row.right.steps) == 1
    taking = Taking(
        row,
        put,
        compile_with(context, row, fhir_type),
        _absent(row, fhir_type, put, required=required),
        fhir_type,
        element_names(context.target, row.right.steps)[0],
        several=_holds_several(context, row),
        required=required,
        nested=isinstance(context.reach, PartReach),
    )
    compiled = _choose_row(context, row, alternatives, guards, taking)
    watch = context.compiler.program.watch
    return compiled if watch is None else watch.forward(row, compiled)


def _choose_row(context: CompileRow, row: RowSyntax, alternatives: Sequence[Alternative], guards: Sequence[Test], taking: Taking) -> Row:
    take: Take = traced_row(taking, row, context) if context.compiler.traced else taking
    is_plain = len(alternatives) == 1 and alternatives[0].because is None and taking.absent is _nothing
    general = _plain_row(alternatives[0], guards, take) if is_plain else _guarded_row(guards, alternatives, take, row)
    if context.compiler.traced:
        why = Why.of(context.declaration.name, row, context.reach)
        return explain_row(general, why, context.reach, [alternative.read for alternative in alternatives])
    if taking.decorate is not None:
        return general
    return quick_row(row, alternatives[0], guards, put=taking.put, general=general, reach=context.reach, alone=is_plain) or general


def _put(context: CompileRow, row: RowSyntax, fhir_type: str) -> Put:
    constant = isinstance(row.left.alternatives[0].atom, Constant) and not row.clauses.when
    extended = reaches_into(row.right, context.target, [other.right for other in iter_rows(context.declaration.body)])
    put = compile_put(context.target, row.right, source=_field_of(row.left), constant=constant, extended=extended)
    if row.clauses.table is not None and fhir_type == "code":
        return _put_coded(context.target, row.right, put, _field_of(row.left))
    return put


def _put_coded(shape: str, path: FhirPath, put: Put, source: str) -> Put:
    """Beside the code of a Coding or a Quantity the table's system is written too."""
    beside = (*path.steps[:-1], FhirStep("system"))
    has_system = path.steps[-1].name == "code" and fhir_type_at(shape, beside)[0] == "uri"
    put_system = compile_put(shape, FhirPath(beside, path.span), source=source) if has_system else None

    def put_coded(frame: Frame, value: Json, number: int) -> None:
        if not isinstance(value, Coded):
            put(frame, value, number)
            return
        put(frame, value.code, number)
        if put_system is not None and value.system:
            put_system(frame, value.system, number)

    return put_coded


def _nothing(_run: Run, _frame: Frame) -> None:
    return


def _plain_row(alternative: Alternative, guards: Sequence[Test], take: Take) -> Row:
    """The source first: it is mostly absent, and nothing is done then."""
    read = alternative.read

    def run_row(run: Run, frame: Frame) -> None:
        found = read(run, frame)
        if not found:
            return
        for guard in guards:
            if not guard(run, frame):
                return
        take(run, frame, alternative, found)

    return run_row


def _guarded_row(guards: Sequence[Test], alternatives: Sequence[Alternative], take: Take, row: RowSyntax) -> Row:
    span = row.span

    def run_row(run: Run, frame: Frame) -> None:
        for guard in guards:
            if not guard(run, frame):
                return
        for alternative in alternatives:
            found = alternative.read(run, frame)
            if found:
                if alternative.because is not None:
                    run.report(ALTERNATIVE_USED, alternative.because, frame.place, span)
                take(run, frame, alternative, found)
                return
        take(run, frame, alternatives[0], ())

    return run_row


def _absent(row: RowSyntax, fhir_type: str, put: Put, *, required: bool) -> Row:
    default = row.clauses.default
    span = row.span
    if default is not None:
        text = default.value.text

        def use_default(run: Run, frame: Frame) -> None:
            run.report(DEFAULT_USED, default.because, frame.place, span)
            put(frame, values.constant(text, fhir_type), 0)

        return use_default
    match row.clauses.policy:
        case "refuse":
            return lambda run, frame: run.report(ABSENT_REFUSED, "absent", frame.place, span)
        case "skip" if required:

            def leave_out(run: Run, frame: Frame) -> None:
                run.report(LEFT_OUT, "absent", frame.place, span)
                raise LeaveOut

            return leave_out
    return _nothing


def _guards(context: CompileRow, row: RowSyntax) -> list[Guard]:
    guards = [compile_guard(condition, context.reach) for condition in _asked_first(row)]
    return [*guards, *compile_unless(row.clauses.unless, context.reach)]


def _asked_first(row: RowSyntax) -> list[Condition]:
    """Not those that are asked of each repetition."""
    path = row.left.alternatives[0].atom
    return [condition for condition in row.clauses.when if not (isinstance(path, V2Path) and same_field(condition, path))]


def _holds_several(context: CompileRow, row: RowSyntax) -> bool:
    """A list of which no one item is named, or `[*]` on the way."""
    last = row.right.steps[-1]
    if any(step.index == "*" for step in row.right.steps):
        return True
    return fhir_type_at(context.target, row.right.steps)[1] and not (last.slice or last.url or last.index)


def _field_of(expression: Expression) -> str:
    atom = expression.alternatives[0].atom
    if isinstance(atom, V2Path):
        return f"{atom.segment}-{atom.field}"
    return atom.name if isinstance(atom, Name) else ""
