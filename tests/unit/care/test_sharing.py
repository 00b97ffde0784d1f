from hub.care.sharing import permit_all
from hub.core.caller import Caller


def test_permit_all_says_so_and_limits_nothing():
    caller = Caller(client="yas")
    seen = permit_all(caller)
    assert seen.caller is caller
    assert seen.basis == "permit-all"
    assert (seen.people, seen.types, seen.denied_labels, seen.masked) == (None, None, frozenset(), frozenset())
