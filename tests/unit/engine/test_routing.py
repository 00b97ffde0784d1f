"""Who gets this. Every version of a resource takes the same way."""

from datetime import UTC, datetime

from hub.engine.configuration import RouteConfig
from hub.engine.routing import route
from hub.store.rows import Version

NOW = datetime(2026, 2, 1, 10, tzinfo=UTC)
ROUTES = (RouteConfig("CarePlan", "documents/mdm_t02", ("airedale", "calderdale")), RouteConfig("Observation", "oru", ("gp",)))


def version(type_="CarePlan", number=1, person="p1", **more):
    return Version(type_, "x1", number, NOW, b"{}", person=person, receipt=7, **more)


def test_a_plan_goes_to_everybody_on_its_route():
    owed = route([version()], ROUTES, now=NOW)
    assert [(each.destination, each.map_name, each.version, each.receipt) for each in owed] == [
        ("airedale", "documents/mdm_t02", 1, 7),
        ("calderdale", "documents/mdm_t02", 1, 7),
    ]
    assert {each.lane for each in owed} == {"Patient/p1"}


def test_a_later_version_goes_to_the_same_ones():
    withdrawn = version(number=2)
    assert [each.destination for each in route([withdrawn], ROUTES, now=NOW)] == ["airedale", "calderdale"]


def test_no_route_and_no_content_owe_nothing():
    assert route([version("Patient"), version(deleted=True)], ROUTES, now=NOW) == ()


def test_what_is_nobodys_keeps_the_order_of_its_own_versions():
    assert route([version(person=None)], ROUTES, now=NOW)[0].lane == "CarePlan/x1"
