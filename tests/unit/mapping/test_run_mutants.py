"""Faults planted in the running of maps: each must be seen by the test of the promise it breaks."""

import importlib.util
from pathlib import Path

import pytest

from hub.codec.hl7v2 import HL7_NULL
from hub.mapping import running
from hub.mapping.backward import guards as write_guards
from hub.mapping.backward import read_fhir
from hub.mapping.backward import rows as write_rows
from hub.mapping.forward import conditions as compile_tests
from hub.mapping.forward import coverage, making, nodes, planning, quick_rows, taking
from hub.mapping.forward import maps as compile_maps
from hub.mapping.forward import resources as compile_resources
from hub.mapping.forward import rows as compile_rows
from hub.mapping.forward import sources as compile_sources
from hub.mapping.forward import values as compile_values
from hub.mapping.values import coded, times

HERE = Path(__file__).parent


def load_tests(name):
    spec = importlib.util.spec_from_file_location(f"mutants_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PARTS, CODED, MESSAGES = (load_tests(name) for name in ("test_run_parts", "test_run_parts_coded", "test_run_messages"))


def without_unless(monkeypatch):
    real = compile_rows._guards
    monkeypatch.setattr(compile_rows, "_guards", lambda context, row: real(context, row)[: len(row.clauses.when)])


def without_guards(monkeypatch):
    monkeypatch.setattr(compile_rows, "_guards", lambda _context, _row: [])


def null_as_text(monkeypatch):
    for module in (taking, quick_rows, compile_values, running):
        monkeypatch.setattr(module, "HL7_NULL", "\0")


def guards_of_the_field(monkeypatch):
    for module in (compile_rows, compile_sources):
        monkeypatch.setattr(module, "same_field", lambda _condition, _path: False)


def first_hour_guessed(monkeypatch):
    monkeypatch.setattr(times, "_NOTES", {"twice": None, "shortened": times._NOTES["shortened"]})
    times.to_datetime.cache_clear()


def guards_not_written(monkeypatch):
    monkeypatch.setattr(write_guards.Guards, "write", lambda _self, _run, _frame, _at: None)


def codings_not_taken_off(monkeypatch):
    monkeypatch.setattr(coded, "_is_added", lambda _table, _coding, _other: False)


def any_name_agrees(monkeypatch):
    monkeypatch.setattr(coded, "agrees", lambda _table, _code, _display: True)


def slices_by_position(monkeypatch):
    monkeypatch.setattr(read_fhir, "_slice_test", lambda _path, _at, _constants: lambda _item: True)


def with_not_asked(monkeypatch):
    monkeypatch.setattr(write_rows, "_wanted", lambda _row: [])


def keys_not_numbered(monkeypatch):
    def produced(self):
        return tuple(making.Produced(each.full_url, each.resource, each.mode, each.key, each.rule) for each in self.drafts)

    monkeypatch.setattr(making.Making, "produced", produced)


def tree_without_depth(monkeypatch):
    monkeypatch.setattr(nodes, "_path", lambda number: (number,))


def everything_covered(monkeypatch):
    monkeypatch.setattr(coverage.Coverage, "_mask", lambda _self, _names, _segment: (False,) * 128)


def dropped_whatever_holds(monkeypatch):
    monkeypatch.setattr(compile_maps, "compile_condition", lambda _condition, _reach: lambda _run, _frame: True)


def rows_of_all_segments(monkeypatch):
    monkeypatch.setattr(compile_resources, "_frame_within", lambda frame, _place: frame)


def answers_shared(monkeypatch):
    """The answer to a guard is kept for the first instance and given to all."""
    real = compile_tests._ask_once

    def shared(condition, path, reach):
        ask, kept = real(condition, path, reach), []

        def once(run, frame):
            if not kept:
                kept.append(ask(run, frame))
            return kept[0]

        return once

    monkeypatch.setattr(compile_tests, "_ask_once", shared)


def plans_by_fields_only(monkeypatch):
    """What the guards ask is not part of the key: the plan of the first message serves all."""
    real = planning.Plan.__init__

    def without_inputs(self, rows, *, by_fields):
        real(self, rows, by_fields=by_fields)
        self._inputs = ()

    monkeypatch.setattr(planning.Plan, "__init__", without_inputs)


MUTANTS = [
    (plans_by_fields_only, PARTS.test_when_and_unless, ()),
    (plans_by_fields_only, MESSAGES.test_groups_are_never_flattened, ("2.5.1",)),
    (without_unless, PARTS.test_when_and_unless, ()),
    (without_guards, PARTS.test_when_and_unless, ()),
    (null_as_text, CODED.test_hl7_null_is_never_a_text, ()),
    (null_as_text, MESSAGES.test_hl7_null_clears_an_element_and_is_never_text, ()),
    (guards_of_the_field, PARTS.test_a_guard_on_the_row_s_own_field_is_asked_of_each_repetition, ()),
    (first_hour_guessed, CODED.test_times_take_the_zone_of_the_source, ()),
    (guards_not_written, PARTS.test_guards_are_written_so_that_they_hold_again, ()),
    (codings_not_taken_off, CODED.test_a_table_into_a_concept_keeps_the_original, ()),
    (any_name_agrees, CODED.test_agreeing_believes_a_code_only_with_its_own_name, ()),
    (slices_by_position, PARTS.test_a_slice_is_known_by_its_constants, ()),
    (with_not_asked, CODED.test_with_is_set_and_asked, ()),
    (keys_not_numbered, MESSAGES.test_two_of_one_key_are_numbered, ()),
    (tree_without_depth, MESSAGES.test_a_tree_knows_what_is_above_and_below, ()),
    (everything_covered, MESSAGES.test_every_populated_field_that_nobody_reads_is_reported_once, ()),
    (dropped_whatever_holds, MESSAGES.test_a_drop_with_a_guard_counts_only_where_it_holds, ()),
    (rows_of_all_segments, MESSAGES.test_a_row_for_a_repeating_segment_is_about_each_of_them, ()),
    (answers_shared, MESSAGES.test_groups_are_never_flattened, ("2.5.1",)),
]


@pytest.mark.parametrize(("plant", "test", "arguments"), MUTANTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_fault_is_seen(monkeypatch, plant, test, arguments):
    test(*arguments)
    plant(monkeypatch)
    try:
        with pytest.raises((AssertionError, TypeError, KeyError)):
            test(*arguments)
    finally:
        times.to_datetime.cache_clear()


def test_null_is_what_the_standard_says():
    assert HL7_NULL == '""'
