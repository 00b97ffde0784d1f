"""Conditions and texts: `OBX-2 = NM`, `$kind in (ST, TX)`, `OBX-14 or $time` where a text is wanted (let, giving, key, arguments)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final

from hub.codec.hl7v2 import HL7_NULL
from hub.mapping.codes.run import ALTERNATIVE_USED, UNKNOWN_NAME
from hub.mapping.forward.planning import Guard, Input
from hub.mapping.forward.reach import GroupReach, Reach, Test, path_key
from hub.mapping.forward.read_v2 import ItemTest, Read, source_index
from hub.mapping.program import Program
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import Atom, Call, Condition, Constant, Expression, FhirPath, Name, V2Path
from hub.mapping.values.calling import CallForward, call_forward

__all__ = [
    "RawText",
    "compile_call",
    "compile_condition",
    "compile_guard",
    "compile_item_test",
    "compile_raw",
    "compile_unless",
    "first_text",
    "inputs_of",
    "presence",
    "same_field",
]

RawText = Callable[[Run, Frame], str]
_TESTS: Final[dict[str, Callable[[Sequence[str], frozenset[str]], bool]]] = {
    "=": lambda texts, values: any(text in values for text in texts),
    "in": lambda texts, values: any(text in values for text in texts),
    "!=": lambda texts, values: not any(text in values for text in texts),
    "not in": lambda texts, values: not any(text in values for text in texts),
    "present": lambda texts, _values: bool(texts),
    "absent": lambda texts, _values: not texts,
}

_ONLY_NULL: Final = frozenset({HL7_NULL})
_WANTED: Final = frozenset({"=", "in"})
_ABSENT: Final = frozenset({"!=", "not in", "absent"})  # what holds where nothing is


def first_text(run: Run, raw: str) -> str:
    """For a comparison: the first leaf; HL7 null is the text `""`."""
    return raw if raw == HL7_NULL else run.text_of(raw)


def _compared(run: Run, raws: Sequence[str], values: frozenset[str]) -> Sequence[str]:
    """The texts that a test looks at. For `present` and `absent`, and where HL7 null alone is meant, nobody's words matter."""
    if not values:
        return raws
    if values == _ONLY_NULL:
        return [HL7_NULL if raw == HL7_NULL else "" for raw in raws]
    return [first_text(run, raw) for raw in raws]


def compile_condition(condition: Condition, reach: Reach) -> Test:
    """Of several values one is enough for `=` and `in`; `!=` and `not in` want none of them."""
    subject = condition.subject
    match subject:
        case FhirPath():
            return lambda _run, _frame: True  # asked on the way back only
        case Name():
            return _ask_name(subject.name, condition)
        case V2Path() if isinstance(reach, GroupReach):
            return _ask_once(condition, subject, reach)
        case V2Path():
            return _ask_here(condition, subject, reach)


def _ask_name(name: str, condition: Condition) -> Test:
    values, wanted, absent = frozenset(condition.values), condition.test in _WANTED, condition.test in _ABSENT
    is_plain = bool(values)
    decide = _TESTS[condition.test]

    def ask(run: Run, frame: Frame) -> bool:
        raw = frame.names.get(name, "")
        if not raw:
            return absent
        if is_plain and raw.isalnum():
            return (raw in values) is wanted
        return decide(_compared(run, [each for each in raw.split(run.separators[0]) if each], values), values)

    return ask


def _ask_once(condition: Condition, path: V2Path, reach: GroupReach) -> Test:
    """Many rows of a message map ask the same of one instance: the answer is kept with it."""
    key = f"?{path_key(path)} {condition.test} {condition.values}"
    values, decide = frozenset(condition.values), _TESTS[condition.test]
    read, plain = reach.source(path).read, reach.plain(path)

    def ask_all(run: Run, frame: Frame) -> bool:
        known: dict[str, Any] = frame.node.known
        answer: bool | None = known.get(key)
        if answer is None:
            answer = known[key] = decide(_compared(run, [raw for raw, _ in read(run, frame)], values), values)
        return answer

    if plain is None:
        return ask_all
    wanted, absent = condition.test in _WANTED, condition.test in _ABSENT

    def ask(run: Run, frame: Frame) -> bool:
        raw = plain(run, frame)
        if raw is None:
            return ask_all(run, frame)
        if not raw:
            return absent
        if values and raw.isalnum():
            return (raw in values) is wanted
        return decide(_compared(run, [raw], values), values)

    return ask


def _ask_here(condition: Condition, path: V2Path, reach: Reach) -> Test:
    """A field of the segment, or a component of the value; the usual case is one plain word."""
    values, wanted, absent = frozenset(condition.values), condition.test in _WANTED, condition.test in _ABSENT
    read, decide = reach.source(path).read, _TESTS[condition.test]
    at = source_index(path)

    def ask(run: Run, frame: Frame) -> bool:
        source = frame.source
        if at is not None and (at >= len(source) or not source[at]):
            return absent
        if at is not None and values and path_is_whole and source[at].isalnum():
            return (source[at] in values) is wanted
        return decide(_compared(run, [raw for raw, _ in read(run, frame)], values), values)

    path_is_whole = path.subcomponent is None and (path.field is None or path.component is None)
    return ask


def compile_guard(condition: Condition, reach: Reach) -> Guard:
    return Guard(compile_condition(condition, reach), inputs_of(condition, reach))


def compile_unless(conditions: Sequence[Condition], reach: Reach) -> list[Guard]:
    """Not if all of them hold."""
    if not conditions:
        return []
    guards = [compile_guard(condition, reach) for condition in conditions]
    tests = [guard.test for guard in guards]
    return [
        Guard(lambda run, frame: not all(test(run, frame) for test in tests), tuple(asked for guard in guards for asked in guard.inputs))
    ]


def inputs_of(condition: Condition, reach: Reach) -> tuple[tuple[str, Input], ...]:
    """What a condition asks, as a key to a plan: whether something is there, or the texts that are."""
    subject = condition.subject
    wants_text = condition.test not in {"present", "absent"}
    if frozenset(condition.values) == _ONLY_NULL and not isinstance(subject, FhirPath):
        return (_nullness(subject, reach),)
    match subject:
        case FhirPath():
            return ()
        case Name():
            name = subject.name
            if wants_text:
                return ((f"${name}", lambda _run, frame: frame.names.get(name, "")),)
            return ((f"${name}?", lambda _run, frame: bool(frame.names.get(name))),)
        case V2Path() if wants_text:
            return ((path_key(subject), _read_texts(subject, reach)),)
        case V2Path():
            return (presence(subject, reach),)


def _nullness(subject: Name | V2Path, reach: Reach) -> tuple[str, Input]:
    """Whether HL7 null is there, as a key to a plan."""
    if isinstance(subject, Name):
        name = subject.name
        return f"${name} is null", lambda _run, frame: frame.names.get(name, "") == HL7_NULL
    read = reach.source(subject).read
    return f"{path_key(subject)} is null", lambda run, frame: tuple(raw == HL7_NULL for raw, _ in read(run, frame))


def presence(path: V2Path, reach: Reach) -> tuple[str, Input]:
    """Whether something is there, as a key to a plan."""
    key, read = f"{path_key(path)}?", reach.source(path).read
    plain = reach.plain(path) if isinstance(reach, GroupReach) else None
    if plain is None:
        return key, lambda run, frame: bool(read(run, frame))

    def present(run: Run, frame: Frame) -> bool:
        raw = plain(run, frame)
        return bool(read(run, frame)) if raw is None else bool(raw)

    return key, present


def _read_texts(path: V2Path, reach: Reach) -> Input:
    read, at = reach.source(path).read, source_index(path)
    is_whole = path.subcomponent is None and (path.field is None or path.component is None)

    def texts(run: Run, frame: Frame) -> Hashable:
        found = read(run, frame)
        if len(found) == 1:
            raw = found[0][0]
            return raw if raw.isalnum() else first_text(run, raw)
        return tuple([first_text(run, raw) for raw, _ in found])

    def text_here(run: Run, frame: Frame) -> Hashable:
        source = frame.source
        if at is None or at >= len(source):
            return ()
        raw = source[at]
        return raw if not raw or raw.isalnum() else texts(run, frame)

    plain = reach.plain(path) if isinstance(reach, GroupReach) else None

    def plain_text(run: Run, frame: Frame) -> Hashable:
        raw = plain(run, frame) if plain is not None else None
        if raw is None:
            return texts(run, frame)
        return raw if raw.isalnum() else first_text(run, raw) if raw else ()

    if isinstance(reach, GroupReach):
        return plain_text
    return text_here if at is not None and is_whole else texts


def same_field(condition: Condition, path: V2Path) -> bool:
    """Is it asked of each repetition? Where the row reads all repetitions of a field, and the guard is about that field."""
    subject = condition.subject
    if not isinstance(subject, V2Path) or subject.field is None or path.repetition not in {None, "*"}:
        return False
    here = (subject.groups, subject.segment, subject.field)
    return here == (path.groups, path.segment, path.field) and subject.repetition in {None, "*"}


def compile_item_test(condition: Condition) -> ItemTest:
    subject = condition.subject
    decide = _TESTS[condition.test]
    values = frozenset(condition.values)
    component = subject.component if isinstance(subject, V2Path) else None
    subcomponent = subject.subcomponent if isinstance(subject, V2Path) else None

    def ask(run: Run, raw: str) -> bool:
        if component is not None:
            parts = raw.split(run.separators[1])
            raw = parts[component - 1] if component <= len(parts) else ""
        if subcomponent is not None:
            parts = raw.split(run.separators[2])
            raw = parts[subcomponent - 1] if subcomponent <= len(parts) else ""
        return decide(_compared(run, [raw] if raw else [], values), values)

    return ask


def compile_raw(expression: Expression, reach: Reach, program: Program) -> RawText:
    """The first populated alternative as the raw text of a field, with all its repetitions."""
    chain = [(_raw_of(each.atom, reach, program), each.because) for each in expression.alternatives]
    if len(chain) == 1 and chain[0][1] is None:
        return chain[0][0]
    span = expression.span

    def first(run: Run, frame: Frame) -> str:
        for read, because in chain:
            raw = read(run, frame)
            if raw:
                if because is not None:
                    run.report(ALTERNATIVE_USED, because, frame.place, span)
                return raw
        return ""

    return first


def _raw_of(atom: Atom, reach: Reach, program: Program) -> RawText:
    match atom:
        case V2Path():
            return _raw_of_path(atom, reach)
        case Name():
            key = atom.name
            return lambda _run, frame: frame.names.get(key, "")
        case Constant():
            text = atom.text
            return lambda run, _frame: run.raw_of(text)
        case Call():
            return _raw_of_call(atom, reach, program)
        case FhirPath():
            return lambda _run, _frame: ""


def _raw_of_path(path: V2Path, reach: Reach) -> RawText:
    source = reach.source(path)
    general = _join_found(source.read, source.depth)
    if not isinstance(reach, GroupReach):
        return general
    kept = _keep(f"={path_key(path)}", general)
    plain = reach.plain(path, kept)
    return kept if plain is None else plain  # type: ignore[return-value]  # never None, with the general reader in hand


def _keep(key: str, read: RawText) -> RawText:
    def raw_text(run: Run, frame: Frame) -> str:
        known: dict[str, Any] = frame.node.known
        text: str | None = known.get(key)
        if text is None:
            text = known[key] = read(run, frame)
        return text

    return raw_text


def _join_found(read: Read, depth: int) -> RawText:
    def raw_text(run: Run, frame: Frame) -> str:
        found = read(run, frame)
        if not found:
            return ""
        if frame.level + depth == 2:
            _, component, subcomponent, _ = run.separators
            return run.separators[0].join(raw.replace(subcomponent, component) for raw, _ in found)
        return found[0][0] if len(found) == 1 else run.separators[0].join(raw for raw, _ in found)

    return raw_text


def _raw_of_call(call: Call, reach: Reach, program: Program) -> RawText:
    read, forward = compile_call(call, reach, program)

    def raw_text(run: Run, frame: Frame) -> str:
        raws = read(run, frame)
        value = forward(run, raws, frame.place) if raws else None
        return run.raw_of(str(value)) if value is not None else ""

    return raw_text


def compile_call(call: Call, reach: Reach, program: Program) -> tuple[Callable[[Run, Frame], tuple[str, ...]], CallForward]:
    """The raw texts of the arguments (none where all of them are absent), and the function over them."""
    function = program.functions.get(call.function)
    if function is None:
        program.report(UNKNOWN_NAME, f"no function `{call.function}`", call.span)
        return (lambda _run, _frame: ()), (lambda _run, _raws, _place: None)
    arguments = [compile_raw(argument, reach, program) for argument in call.arguments]

    def read(run: Run, frame: Frame) -> tuple[str, ...]:
        raws = tuple([argument(run, frame) for argument in arguments])
        return raws if any(raws) else ()

    return read, call_forward(function)
