"""Every profile runs, and between them they show every metric; every scene is told by some of them, and in the docs."""

import re
from pathlib import Path

import pytest

from miner_agent.cli.support.demo_words import PROFILE_TITLES, SCENE_WORDS
from miner_agent.simulate.mishaps import HARMLESS, Fault
from miner_agent.simulate.profiles import PROFILES, Profile
from miner_agent.simulate.script import NOTHING
from miner_agent.simulate.simulated_course import SimulatedCourse
from miner_agent.simulate.subjects import subjects

DOCS = Path(__file__).parents[2] / "docs" / "demo.md"
EACH = pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))


@pytest.mark.thorough
@EACH
def test_a_rig_to_which_nothing_happens_is_well(profile: Profile, tmp_path: Path) -> None:
    for moment in SimulatedCourse(profile, script=NOTHING, interval_seconds=15, folder=tmp_path).until(300):
        for snapshot in (moment.rig, *moment.machines.values()):
            assert [outcome.error for outcome in snapshot.outcomes if outcome.error] == []
            assert [outcome.dropped for outcome in snapshot.outcomes if outcome.dropped] == []
            assert snapshot.verdict.symptoms == ()


def test_docs_name_every_profile_and_every_scene() -> None:
    text = DOCS.read_text()
    named = re.findall(r"^\| `([a-z][a-z-]*)` \| (.+) \|$", text, re.MULTILINE)

    assert [name for name, _ in named] == [*PROFILES, *Fault]
    assert dict(named).items() >= PROFILE_TITLES.items()
    assert {name for name, what in named if what.endswith(": no fault")} == HARMLESS


def test_the_command_takes_the_words_of_every_profile_and_every_scene() -> None:
    assert [*PROFILE_TITLES] == [*PROFILES]
    assert list(SCENE_WORDS) == [*Fault]


def test_every_scene_hits_somebody_in_some_profile() -> None:
    assert [fault for fault in Fault if not any(subjects(profile, fault) for profile in PROFILES.values())] == []
