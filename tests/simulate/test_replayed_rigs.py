"""Replayed rigs: pages of one rig under many names, each with figures of its own that move as counters do."""

from itertools import pairwise

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from miner_agent.simulate.profiles import FARM, NVIDIA
from miner_agent.simulate.replayed_rigs import LONGEST_STEPS, ReplayedRigs
from miner_agent.simulate.simulated_course import SimulatedCourse
from miner_agent.web.pages import RigPages
from tests.simulate.test_scenes import MINUTE


class Replay:
    def __init__(self, count: int = 3) -> None:
        self.seconds = 0.0
        course = SimulatedCourse(NVIDIA, interval_seconds=5)
        self.rigs = ReplayedRigs(course, count, monotonic=lambda: self.seconds)

    def page(self, name: str) -> dict[tuple[str, str], float]:
        families = text_format(self.rigs[name].page.text.decode())
        return {(one.name, str(one.labels)): one.value for family in families for one in family.samples}


def test_there_are_as_many_as_asked_for_and_both_formats_are_read() -> None:
    replay = Replay(count=1000)
    first, *_, last = replay.rigs

    assert (len(replay.rigs), first, last) == (1000, "replayed-00001", "replayed-01000")
    assert replay.page(first).keys() == replay.page(last).keys()
    assert list(openmetrics(replay.rigs[last].page.openmetrics.decode()))


def test_each_has_figures_of_its_own_and_the_same_bounds() -> None:
    replay = Replay()
    replay.page("replayed-00001")
    replay.seconds = 90.0
    one, other = (replay.page(name) for name in list(replay.rigs)[:2])
    differ = {name for (name, labels), value in one.items() if other[name, labels] != value}

    assert {
        "rig_device_power_watts",
        "rig_miner_hashrate_hashes_per_second",
        "rig_device_energy_joules_total",
    } <= differ
    assert not [name for name in differ if "threshold" in name or "limit" in name or "expected_hashes" in name]


def test_counters_move_and_never_fall() -> None:
    replay = Replay()
    pages = []
    for minute in range(4):
        replay.seconds = minute * MINUTE
        pages.append(replay.page("replayed-00002"))

    totals = [key for key in pages[0] if key[0].endswith("_total")]
    for before, after in pairwise(pages):
        assert [key for key in totals if after[key] < before[key]] == []
        moved = {name for name, labels in totals if after[name, labels] > before[name, labels]}
        assert {"rig_device_energy_joules_total", "rig_miner_shares_accepted_total"} <= moved


def test_after_hours_in_which_nobody_asked_the_rig_jumps() -> None:
    replay = Replay()
    before = replay.page("replayed-00001")
    replay.seconds = 6 * 3600.0
    after = replay.page("replayed-00001")

    asked = next(key for key in before if key[0] == "rig_agent_collector_requests_total")
    assert after[asked] - before[asked] <= LONGEST_STEPS + 1
    uptimes = [page["rig_agent_last_tick_timestamp_seconds", "{}"] for page in (before, after)]
    assert uptimes[1] - uptimes[0] > 5.9 * 3600


def test_where_a_gateway_reads_rigs_the_replayed_ones_stand_beside_them() -> None:
    beside = ReplayedRigs(SimulatedCourse(FARM, interval_seconds=5), 2, monotonic=lambda: 0.0)
    pages = RigPages(lambda: 0.0, beside)
    pages.serve_only(["shed"])

    assert pages.names == ("shed", "replayed-00001", "replayed-00002")
    assert pages.current("shed") is None
    assert pages.current("replayed-00002") is not None
    assert set(pages.known()) == set(pages.names)
