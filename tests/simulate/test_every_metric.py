"""Between them the profiles show every metric that the agent publishes, but for those of which it is said here why not."""

import math
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from exporters.sections import SECTIONS
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import PROFILES, Profile
from miner_agent.simulate.script import Scene, Script
from miner_agent.simulate.simulated_course import SimulatedCourse, families
from miner_agent.simulate.subjects import subjects
from tests.agent import Agent

PUBLISHED = {spec.name for section in SECTIONS for spec in section.specs}
OF_THE_AGENT = re.compile(r"rig_(alert|ledger|payouts|agent_(database|notification|job))")
"""What only the whole agent tells: its own files, books, alerts and channels."""
NEVER = {
    "rig_agent_job_failures_total": "no job fails",
    "rig_agent_notification_oldest_timestamp_seconds": "a log takes each notice at once",
    "rig_alert_firing": "an alert has to last for its time first",
    "rig_ledger_last_posting_timestamp_seconds": "days are posted when the clock has been believed for a while",
    "rig_ledger_posted_until_timestamp_seconds": "as above",
    "rig_payouts_last_read_timestamp_seconds": "nothing is sent to any pool",
    "rig_payouts_failures_total": "as above",
    "rig_payouts_since_start_value": "pools pay once a day",
    "rig_payouts_to_estimate_ratio": "as above",
}
SHOWN_BY = (
    Fault.CARD_LOST,
    Fault.XID,
    Fault.MINER_HUNG,
    Fault.BOARD_DEAD,
    Fault.MACHINE_FAULT,
    Fault.PRICE_CRASH,
    Fault.METER_SILENT,
)
"""What has to happen for some of them."""


def of_page(profile: Profile, folder: Path) -> set[str]:
    """Everything that the pages of a profile show, before and after all of that has happened at once to everybody."""
    scenes = (
        Scene(fault=fault, begins_seconds=600, ends_seconds=math.inf, card=card, miner=miner)
        for fault in SHOWN_BY
        for card, miner in subjects(profile, fault)[-1:]
    )
    found = set[str]()
    for moment in SimulatedCourse(profile, script=Script(scenes), interval_seconds=100, folder=folder).until(2000):
        found |= names((moment.rig, *moment.machines.values()))
    return found


def names(snapshots: Iterable[RigSnapshot]) -> set[str]:
    return {family.spec.name for snapshot in snapshots for family in families(snapshot)}


@pytest.mark.thorough
def test_some_profile_shows_every_metric_of_rigs_and_money(tmp_path: Path) -> None:
    shown = set[str]()
    for name, profile in PROFILES.items():
        (tmp_path / name).mkdir()
        shown |= of_page(profile, tmp_path / name)

    assert {name for name in PUBLISHED - shown if not OF_THE_AGENT.match(name)} == set()


@pytest.mark.lasting
@pytest.mark.e2e
def test_the_whole_agent_shows_those_of_its_own_files_books_and_alerts(tmp_path: Path) -> None:
    own = {name for name in PUBLISHED if OF_THE_AGENT.match(name)}
    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0", "TMPDIR": str(tmp_path)}
    command = ("demo", "--profile", "farm", "--script", "calm")
    with Agent(tmp_path, environment=environment, command=command, first_start=True) as agent:
        there = set[str]()

        def all_shown(page: dict[str, float]) -> bool:
            there.update(sample.partition("{")[0] for sample in page)
            return own - there <= NEVER.keys()

        agent.wait_until(all_shown, seconds=150)  # the books are looked at once a minute
        assert agent.stop()[0] == 0
    assert there & NEVER.keys() == set()  # else they need no excuse
