"""Paths and conditions: `PID-3[2].4.1`, `MEMBER[OBX-3.1 = 150021].OBX-5`, `name[*].family`, `OBX-2 in (ST, TX)`."""

from __future__ import annotations

import re
from typing import Literal, NoReturn, cast

from hub.mapping.codes import syntax as codes
from hub.mapping.parse.cursor import Cursor
from hub.mapping.parse.lexer import Token
from hub.mapping.syntax import Condition, FhirPath, FhirStep, GroupStep, Name, V2Path
from hub.mapping.types.v2 import find_field

_V2_WORD = re.compile(r"[A-Z][A-Z0-9_]*(?:-[0-9A-Za-z_]+)?\Z", re.ASCII)
_V2_FIELD = re.compile(r"([A-Z][A-Z0-9]{2})-([1-9][0-9]{0,2})\Z", re.ASCII)
_LOWER_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9]{2})-([1-9][0-9]{0,2})\Z", re.ASCII)
_PLACE = re.compile(r"[1-9][0-9]{0,3}\Z", re.ASCII)
_ELEMENT = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z", re.ASCII)
_SLICE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z", re.ASCII)
_USUAL = "2.5.1"  # where a field is known by its name
_SHORT = 3  # a step of up to three letters is a segment or a datatype, a longer one a group

Test = Literal["=", "!=", "in", "not in", "present", "absent"]


def is_v2_word(word: str) -> bool:
    """Does a v2 path begin with this word? Segments, groups and datatypes are in capitals."""
    return _V2_WORD.match(word) is not None


def is_name(word: str) -> bool:
    return _NAME.match(word) is not None


# --- v2


def parse_v2_path(c: Cursor) -> V2Path:
    start = c.at
    groups: list[GroupStep] = []
    while True:
        token = c.expect_word(codes.M014, "a segment or a group belongs here")
        field = _V2_FIELD.match(token.text)
        if field:
            return _field_path(c, start, tuple(groups), field.group(1), int(field.group(2)))
        if not is_v2_word(token.text) or "-" in token.text:
            _refuse_step(c, token)
        if c.touches("."):
            following = c.peek(1)
            if following is not None and _PLACE.match(following.text):
                component, subcomponent = _components(c)
                return V2Path(tuple(groups), token.text, None, None, component, subcomponent, c.span_from(start))
            groups.append(GroupStep(token.text))
            c.take()
        elif c.touches("["):
            groups.append(GroupStep(token.text, _group_condition(c)))
            if not c.touches("."):
                return V2Path(tuple(groups), None, None, None, None, None, c.span_from(start))
            c.take()
        else:
            return _whole(c, start, groups, token)


def _whole(c: Cursor, start: int, groups: list[GroupStep], token: Token) -> V2Path:
    if len(token.text) <= _SHORT:
        return V2Path(tuple(groups), token.text, None, None, None, None, c.span_from(start))
    return V2Path((*groups, GroupStep(token.text)), None, None, None, None, None, c.span_from(start))


def _refuse_step(c: Cursor, token: Token) -> None:
    lower = _LOWER_FIELD.match(token.text)
    fix = f"write {token.text.upper()}" if lower else _field_of_that_name(token.text)
    detail = "segments and groups are in capitals" if lower or "-" not in token.text else "a field is SEGMENT-NUMBER, as in PID-3"
    c.refuse(codes.M014, detail, span=c.span(token), fix=fix)


def _field_of_that_name(word: str) -> str | None:
    """`PID-date_of_birth` is PID-7."""
    segment, _, name = word.partition("-")
    field = find_field(_USUAL, segment, name) if name else None
    return f"did you mean {segment}-{field.number} {field.name}?" if field is not None else None


def _group_condition(c: Cursor) -> Condition:
    c.take()
    token = c.peek()
    if token is not None and (_PLACE.match(token.text) or token.text in ("*", "first", "last")):
        detail = "a repetition stands behind a field; instances of a group are bound by `each`"
        c.refuse(codes.M014, detail, fix="PID-3[2], or `each GROUP`")
    with c.nested():
        condition = parse_condition(c)
    c.expect_sign("]", codes.M014, "the bracket is not closed")
    return condition


def _field_path(c: Cursor, start: int, groups: tuple[GroupStep, ...], segment: str, field: int) -> V2Path:
    repetition = _repetition(c) if c.touches("[") else None
    component, subcomponent = _components(c)
    return V2Path(groups, segment, field, repetition, component, subcomponent, c.span_from(start))


def _repetition(c: Cursor) -> int | Literal["*", "first", "last"]:
    c.take()
    token = c.peek()
    value: int | Literal["*", "first", "last"]
    match token.text if token is not None else "":
        case "*":
            value = "*"
        case "first":
            value = "first"
        case "last":
            value = "last"
        case text if _PLACE.match(text):
            value = int(text)
        case _:
            c.refuse(codes.M014, "in the brackets stands a number from 1, first, last or *")
    c.take()
    c.expect_sign("]", codes.M014, "the bracket is not closed")
    return value


def _components(c: Cursor) -> tuple[int | None, int | None]:
    """`.4.1`: the component and the subcomponent."""
    places: list[int] = []
    while c.touches("."):
        c.take()
        token = c.peek()
        if token is None or not _PLACE.match(token.text) or not c.is_adjacent():
            c.refuse(codes.M014, "behind the dot stands the number of a component")
        if len(places) == 2:
            c.refuse(codes.M014, "nothing lies below a subcomponent", span=c.span(token))
        places.append(int(c.take().text))
    return (places[0] if places else None), (places[1] if len(places) > 1 else None)


# --- FHIR


def parse_fhir_path(c: Cursor) -> FhirPath:
    start = c.at
    steps = [_fhir_step(c)]
    while c.touches("."):
        c.take()
        if not c.is_adjacent():
            c.refuse(codes.M015, "behind the dot stands the name of an element")
        steps.append(_fhir_step(c))
    return FhirPath(tuple(steps), c.span_from(start))


def _fhir_step(c: Cursor) -> FhirStep:
    start = c.at
    token = c.expect_word(codes.M015, "an element belongs here")
    if not _ELEMENT.match(token.text):
        _refuse_element(c, token)
    url = _url(c) if c.touches("(") else None
    name_of_slice = _slice(c) if c.touches(":") else None
    index = _index(c) if c.touches("[") else None
    return FhirStep(token.text, index, name_of_slice, url, c.span_from(start))


def _refuse_element(c: Cursor, token: Token) -> NoReturn:
    own = token.text.removeprefix("_")
    if own != token.text and _ELEMENT.match(own):
        detail = "the underscore is JSON's: in a path an element has its own name, before its extensions too"
        c.refuse(codes.M015, detail, span=c.span(token), fix=f"leave the underscore out: `{own}`")
    detail = "this is a v2 path: v2 stands left, FHIR right" if _V2_FIELD.match(token.text) else "an element is a name of letters"
    c.refuse(codes.M015, detail, span=c.span(token))


def _url(c: Cursor) -> str:
    c.take()
    text = c.expect_text(codes.M015, "the url stands in quotes").text
    c.expect_sign(")", codes.M015, "the bracket is not closed")
    return text


def _slice(c: Cursor) -> str:
    c.take()
    token = c.peek()
    if token is None or not _SLICE.match(token.text) or not c.is_adjacent():
        c.refuse(codes.M015, "behind the colon stands the name of the slice")
    return c.take().text


def _index(c: Cursor) -> int | Literal["*"]:
    c.take()
    token = c.peek()
    if token is None or not (token.text == "*" or _PLACE.match(token.text)):
        c.refuse(codes.M015, "in the brackets stands a number from 1 or *", fix="[1] is the first" if c.is_word("first") else None)
    c.take()
    c.expect_sign("]", codes.M015, "the bracket is not closed")
    return "*" if token.text == "*" else int(token.text)


# --- names, values, conditions


def parse_name(c: Cursor) -> Name:
    start = c.at
    c.take()
    token = c.peek()
    if token is None or not is_name(token.text) or not c.is_adjacent():
        c.refuse(codes.M022, "behind $ stands the name of a param, a given or a let")
    c.take()
    return Name(token.text, c.span_from(start))


def parse_value(c: Cursor) -> str:
    """A quoted text, or what stands bare: words and dots with no blank between them."""
    token = c.peek()
    if token is not None and token.kind == "text":
        return c.take().text
    if token is None or token.kind != "word":
        c.refuse(codes.M013, "a value belongs here", fix='a value with signs stands in quotes: "…"')
    value = c.take().text
    while c.touches(".") and c.is_word(ahead=1) and c.is_adjacent(ahead=1):
        value += c.take().text + c.take().text
    return value


def parse_conditions(c: Cursor) -> tuple[Condition, ...]:
    conditions = [parse_condition(c)]
    while c.accept(","):
        conditions.append(parse_condition(c))
    return tuple(conditions)


def parse_condition(c: Cursor) -> Condition:
    start = c.at
    subject = _subject(c)
    test = _test(c)
    values = _values(c, test)
    return Condition(subject, test, values, c.span_from(start))


def _subject(c: Cursor) -> V2Path | FhirPath | Name:
    if c.is_sign("$"):
        return parse_name(c)
    token = c.peek()
    if token is None or token.kind != "word":
        c.refuse(codes.M016, "a path or $name belongs here")
    return parse_v2_path(c) if is_v2_word(token.text) or _LOWER_FIELD.match(token.text) else parse_fhir_path(c)


def _test(c: Cursor) -> Test:
    token = c.peek()
    if token is None:
        c.refuse(codes.M016, "a condition says what it asks of the path", fix="`= VALUE`, `in (…)`, `present` or `absent`")
    if c.is_word("not") and c.is_word("in", ahead=1):
        c.take()
        c.take()
        return "not in"
    if token.text in ("=", "!=", "in", "present", "absent") and token.kind in ("sign", "word"):
        return cast(Test, c.take().text)
    return c.refuse(codes.M016, "here belongs =, !=, in, not in, present or absent")


def _values(c: Cursor, test: Test) -> tuple[str, ...]:
    if test in ("present", "absent"):
        return ()
    if test in ("=", "!="):
        return (_condition_value(c),)
    c.expect_sign("(", codes.M016, "the values stand in brackets: in (ST, TX)")
    values = [_condition_value(c)]
    while c.accept(","):
        values.append(_condition_value(c))
    c.expect_sign(")", codes.M016, "the bracket is not closed")
    return tuple(values)


def _condition_value(c: Cursor) -> str:
    token = c.peek()
    if token is None or token.kind not in ("text", "word"):
        fix = "`=` stands once" if c.is_sign("=") else 'a value with signs stands in quotes: "…"'
        c.refuse(codes.M016, "a value belongs here", fix=fix)
    return parse_value(c)
