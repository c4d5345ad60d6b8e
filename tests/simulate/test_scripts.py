"""Scripts: a year of a healthy rig is one of chance and plan, and the long script has every fault at its real length."""

from datetime import time, timedelta
from itertools import pairwise

import pytest

from exporters.alerts import ALERTS
from exporters.prometheus import Renderer
from miner_agent.errors import ConfigError
from miner_agent.simulate.mishaps import HARMLESS, Fault
from miner_agent.simulate.profiles import ASIC, CPU, FARM, NVIDIA, PROFILES, smaller
from miner_agent.simulate.script import Scene, Script
from miner_agent.simulate.scripts import DAY, HOUR, NIGHT, alone, long, short, year
from miner_agent.simulate.simulated_course import FIRST_MOMENT, SimulatedCourse, SimulatedMoment, families
from miner_agent.simulate.subjects import possible


def test_a_year_holds_nothing_but_what_befalls_a_healthy_rig() -> None:
    script = year(NVIDIA, days=365)
    faults = {scene.fault for scene in script.scenes}

    assert faults == HARMLESS | {Fault.LINE_DROP}
    assert sum(scene.fault is Fault.NIGHT_PAUSE for scene in script.scenes) == 364
    assert 60 < sum(scene.fault is Fault.DAG_REBUILD and scene.miner == "trex" for scene in script.scenes) < 160
    waits = {rule.name: rule.for_seconds for rule in ALERTS}
    failovers = [one.ends_seconds - one.begins_seconds for one in script.scenes if one.fault is Fault.FAILOVER]
    assert max(failovers) < waits["MiningOnBackupPool"]
    lasts = [one.ends_seconds - one.begins_seconds for one in script.scenes if one.fault is Fault.LINE_DROP]
    assert max(lasts) < waits["MinerHashrateZero"]


def test_a_year_is_another_one_with_another_seed_and_the_same_with_the_same() -> None:
    assert year(FARM, seed=1).scenes == year(FARM, seed=1).scenes != year(FARM, seed=2).scenes


def test_the_rig_is_off_at_night_within_the_hours_that_are_planned() -> None:
    start, end = time.fromisoformat(NIGHT.start), time.fromisoformat(NIGHT.end)
    for scene in year(CPU, days=10).scenes:
        if scene.fault is Fault.NIGHT_PAUSE:
            begins, ends = (FIRST_MOMENT + timedelta(seconds=at) for at in (scene.begins_seconds, scene.ends_seconds))
            assert start < begins.time() < ends.time() < end


def test_a_night_is_planned_and_its_rig_says_so() -> None:
    script = Script([Scene(fault=Fault.NIGHT_PAUSE, begins_seconds=1.1 * HOUR, ends_seconds=2 * HOUR)])
    *_, last = SimulatedCourse(CPU, script=script, interval_seconds=300, planned_off=(NIGHT,)).until(1.5 * HOUR)

    assert last.rig.planned is not None
    assert last.rig.planned.off
    assert [workload.workload.hashes_per_second for workload in last.rig.inventory.workloads] == [0.0]


def test_a_page_says_the_same_whenever_it_is_made() -> None:
    renderer = Renderer(process=False)
    course = SimulatedCourse(NVIDIA, script=short(NVIDIA), interval_seconds=60)
    made = [(moment.rig, renderer.render(moment.rig).text) for moment in course.until(0.5 * HOUR)]

    assert [renderer.render(snapshot).text for snapshot, _ in made] == [text for _, text in made]


@pytest.mark.parametrize("name", PROFILES)
def test_the_long_script_has_every_fault_of_its_profile_once_with_calm_between(name: str) -> None:
    scenes = long(PROFILES[name]).scenes

    assert [scene.fault for scene in scenes] == possible(PROFILES[name])
    for before, after in pairwise(scenes):
        assert after.begins_seconds - before.ends_seconds >= HOUR
    assert scenes[-1].ends_seconds < 8 * DAY


def test_a_scene_that_can_hit_nobody_says_where_it_could() -> None:
    with pytest.raises(ConfigError, match="profile asic has nothing that it could hit; it can in: nvidia, amd, farm"):
        alone(ASIC, (Fault.CARD_LOST,), after_seconds=0, lasting_seconds=1)


def test_a_round_comes_again() -> None:
    script = short(NVIDIA)
    assert script.round_seconds is not None
    for scene in script.scenes:
        assert scene in script.playing(scene.begins_seconds + 2 * script.round_seconds)


def test_a_smaller_rig_has_every_program_and_works() -> None:
    profile = smaller(FARM)
    assert [len(program.cards) for program in profile.programs] == [1, 1, 1]
    *_, last = SimulatedCourse(profile, interval_seconds=30).until(120)
    assert last.rig.verdict.word == "well"


def test_where_nothing_happens_a_course_may_tick_less_often() -> None:
    script = alone(CPU, (Fault.MINER_DOWN,), after_seconds=2 * HOUR, lasting_seconds=HOUR)
    course = SimulatedCourse(CPU, script=script, interval_seconds=60, calm_seconds=600)

    ticks = list(course.until(5 * HOUR))

    assert len(ticks) < 300 / 3
    assert {tick.interval_seconds for tick in ticks} >= {60.0, 600.0}
    for before, tick in pairwise(ticks):
        assert tick.seconds - before.seconds == tick.interval_seconds == (tick.now - before.now).total_seconds()
    down = [tick.seconds for tick in ticks if not mines(tick)]
    assert (down[0], down[-1]) == (2 * HOUR, 3 * HOUR - 60)


def mines(tick: SimulatedMoment) -> bool:
    return any(value for each in families(tick.rig) if each.spec.name == "rig_miner_up" for *_, value in each.samples)
