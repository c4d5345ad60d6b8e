"""Tests that share what takes long to make are handed to one worker, whatever becomes of marks on the way to it."""

from collections import OrderedDict
from types import SimpleNamespace

from tests.schedule import ROOT, TogetherByGroup, group_of

SAID = "pytest.mark.xdist_" + "group("


def test_a_group_is_what_a_file_says_or_does() -> None:
    assert group_of("tests/drivers/test_tolerance.py") == "group tolerance"
    assert group_of("tests/exporters/dashboards/test_on_a_real_prometheus.py") == "group scraped demo"
    assert group_of("tests/whole/test_threats.py") == group_of("tests/whole/test_library.py") == "group of the code"
    assert group_of("tests/whole/test_text.py") is None
    assert group_of("calculators/units.py") is None


def test_no_file_says_a_group_in_words_that_are_not_read() -> None:
    saying = {str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob("test_*.py") if SAID in file.read_text()}

    assert saying
    assert not [file for file in saying if group_of(file) in {None, "group of the code"}]


class Worker:
    """One that notes what it is given."""

    shutting_down = False

    def __init__(self, number: int) -> None:
        self.gateway, self.given = SimpleNamespace(id=f"gw{number}"), list[int]()

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.given += numbers


def test_most_workers_begin_with_what_waits_and_no_test_is_left() -> None:
    waiting, computing = (
        ("tests/service/test_daemon.py::test_a", "tests/service/test_daemon.py::test_b"),
        "tests/whole/test_text.py::test_c",
    )
    tests = [computing, *waiting]
    scheduling = object.__new__(TogetherByGroup)
    one, other = Worker(0), Worker(1)
    scheduling.workqueue = OrderedDict((test, {test: False}) for test in tests)
    scheduling.assigned_work = {one: {}, other: {}}
    scheduling.registered_collections = {one: tests, other: tests}

    for worker in (one, other, one):
        scheduling._assign_work_unit(worker)

    assert (one.given, other.given) == ([1, 2], [0])
    assert not scheduling.workqueue
