"""Every code of the engine has its page."""

from hub.engine import codes
from hub.engine.codes import CODES


def test_each_has_a_number_of_its_own_and_a_page():
    assert len({code.name for code in CODES}) == len(CODES)
    for code in CODES:
        assert code.name[0] == "E"
        assert code.name[1:].isdecimal()
        assert code.title[0].islower()
        assert not code.title.endswith(".")
        assert len(code.explain) > 100


def test_none_is_forgotten_in_the_list():
    declared = [value for value in vars(codes).values() if isinstance(value, codes.Code)]
    assert {code.name for code in declared} == {code.name for code in CODES}
