"""One style: what it looks like, that it is stable, and that it keeps every comment."""

from __future__ import annotations

from textwrap import dedent

import pytest

from hub.mapping.parse.formatting import format_map


def formatted(text: str) -> str:
    result = format_map("m.map", text)
    assert isinstance(result, str)
    assert format_map("m.map", result) == result
    return result


def test_rows_stand_in_columns_for_each_body() -> None:
    assert formatted(
        dedent("""\
        map oru : v2 ORU_R01<->fhir Bundle
           patient   PATIENT.PID <-> Patient by pid as identify
           each ORDER_OBSERVATION
             report OBR->DiagnosticReport   by obr with subject=patient , status = final because "one way"
             each OBSERVATION where OBX-3   present
                     r  OBX or NTE <-> Observation when OBX-11 not in(X,U)
           drop MSH,EVN because "the envelope"
        """)
    ) == dedent("""\
        map oru : v2 ORU_R01 <-> fhir Bundle
          patient PATIENT.PID <-> Patient   by pid   as identify
          each ORDER_OBSERVATION
            report OBR -> DiagnosticReport   by obr   with subject = patient, status = final   because "one way"
            each OBSERVATION where OBX-3 present
              r OBX or NTE <-> Observation   when OBX-11 not in (X, U)
          drop MSH, EVN because "the envelope"
        """)


def test_a_row_that_does_not_fit_has_a_clause_on_each_line() -> None:
    reason = "a reason that takes a good deal more room than there is on one line of a map"
    assert formatted(
        f'map m : v2 OBX <-> fhir Observation\n  code OBX-3 <-> code table device_codes when OBX-2 = NM else x because "{reason}"\n'
        "  status OBX-11 <-> status\n"
    ) == (
        "map m : v2 OBX <-> fhir Observation\n"
        "  code   OBX-3  <-> code     table device_codes\n"
        "                             when OBX-2 = NM\n"
        f'                             else x because "{reason}"\n'
        "  status OBX-11 <-> status\n"
    )


def test_comments_stay_where_they_belong() -> None:
    assert formatted(
        dedent("""\
        --  about the file


        -- about the map
        map m : v2 OBX <-> fhir Observation -- HL7 chapter 7

                -- about the row
          code OBX-3 <-> code  -- agreed


          status OBX-11 <-> status
                 -- inside the row
                 when OBX-2 = NM
            -- at the end of the map
        -- about the test
        test "t" -- of the lab
          -- about the message
          v2 OBX|1 -- not a comment
          refused M401 -- until May
        -- at the end
        """)
    ) == dedent("""\
        --  about the file

        -- about the map
        map m : v2 OBX <-> fhir Observation  -- HL7 chapter 7

          -- about the row
          code   OBX-3  <-> code  -- agreed

          -- inside the row
          status OBX-11 <-> status   when OBX-2 = NM
          -- at the end of the map

        -- about the test
        test "t"  -- of the lab
          -- about the message
          v2   OBX|1 -- not a comment
          refused M401  -- until May
        -- at the end
        """)


def test_tests_begin_in_one_column_and_json_keeps_its_shape() -> None:
    assert formatted(
        'map m : v2 OBX <-> fhir Observation\n  code OBX-3 <-> code\ntest "t" of m\n'
        '    v2 MSH|^~\\&|A\n       OBX|1\n    fhir {"a": [1,\n               2],\n          "b": 3\n    }\n    given a=b , c = "d e"\n    round  trip exact\n'
    ) == (
        'map m : v2 OBX <-> fhir Observation\n  code OBX-3 <-> code\n\ntest "t" of m\n'
        '  v2   MSH|^~\\&|A\n       OBX|1\n  fhir {"a": [1,\n             2],\n        "b": 3\n    }\n  given a = b, c = "d e"\n  round trip exact\n'
    )


def test_head_lines_and_values() -> None:
    assert formatted(
        "map m:v2 ORU_R01.OBSERVATION<-fhir Bundle\n versions 2.3 .. 2.8\n param x:code=final\n given y :TS\n"
        ' let k=OBX-2 or f( OBX-5,OBX-6 ) because "so"\n a MSH-9 <- "x"\n'
    ) == (
        "map m : v2 ORU_R01.OBSERVATION <- fhir Bundle\n  versions 2.3..2.8\n  param x : code = final\n  given y : TS\n"
        '  let k = OBX-2 or f(OBX-5, OBX-6) because "so"\n  a MSH-9 <- "x"\n'
    )


def test_tabs_windows_line_ends_and_a_byte_order_mark_go() -> None:
    assert formatted("\ufeffmap m : v2 OBX <-> fhir Observation\r\n\tcode OBX-3 <-> code\r\n") == (
        "map m : v2 OBX <-> fhir Observation\n  code OBX-3 <-> code\n"
    )


@pytest.mark.parametrize("text", ["map m : v2 OBX <-> fhir Observation\n  code OBX-3 -> code\n", "nonsense\n"])
def test_what_cannot_be_read_is_not_touched(text: str) -> None:
    assert isinstance(format_map("m.map", text), tuple)
