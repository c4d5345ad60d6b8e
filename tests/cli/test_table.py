"""Readings as people see them: what a machine tells of itself, and no column of dashes."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from miner_agent import drivers
from miner_agent.cli.support.reading_tables import show
from miner_agent.model.readings import MinerSnapshot, Outcome
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.sources.payload import Payloads
from miner_agent.tick.inventory import take_inventory

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CAPTURES = Path(__file__).parents[1] / "captures"


def printed(driver: str, case: str) -> list[str]:
    raw = {file.stem: file.read_bytes() for file in (CAPTURES / driver / case).glob("*.raw")}
    snapshot = drivers.load(driver).read(Payloads(raw))
    assert isinstance(snapshot, MinerSnapshot)
    outcomes = (Outcome(source="one", kind="miner", asked_at=NOW, duration_seconds=0.1, reading=snapshot),)
    out = io.StringIO()
    show(
        RigSnapshot(rig="rig", taken_at=NOW, outcomes=outcomes, inventory=take_inventory(outcomes)),
        Console(file=out, width=200),
    )
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_a_board_tells_its_chips_and_what_they_run_at() -> None:
    boards = [line for line in printed("bosminer", "0.1__s9__mining") if line.startswith("one/")]

    assert boards[0] == "one/6 Bitmain Antminer S9 7 TH/s 65.7 J/TH 64 °C – 80 °C – 460 W 8.75 V 650 MHz 63"
    assert "111 of 114" in "\n".join(printed("antminer", "1.0__s19__mining"))


def test_a_machine_tells_its_product_power_fans_and_room() -> None:
    lines = printed("whatsminer", "2.0__m50__mining")

    head = lines.index("machine product power efficiency fans room")
    assert lines[head + 1] == "one M50VH50 3350 W 29.3 J/TH 4200, 4260 rpm 26 °C"


def test_a_machine_tells_its_faults_with_their_words_and_the_boards_that_it_lacks() -> None:
    lines = printed("whatsminer", "2.0__m50__mining")

    head = lines.index("its firmware tells of how bad code what it means")
    assert lines[head + 1] == "one fault 329 temperature sensor of the control board does not answer"
    assert any(line.endswith("2 of 3") for line in printed("antminer", "1.0__s19__mining"))


def test_a_miner_tells_what_it_should_make_its_best_share_and_the_pools_behind_the_one_in_use() -> None:
    lines = "\n".join(printed("bitaxe", "2.9__gamma__mining"))

    assert "hashrate should be accepted rejected best share pool backup pools" in lines
    assert "1.18 TH/s 1.07 TH/s 321 2 12.3 M second.example:3334 pool.example:3333" in lines
    assert "stratum+tcp://pool.example:8888 (dead), " in "\n".join(printed("elphapex", "1.0__dg1-plus__failover"))


@pytest.mark.parametrize(
    "column", ["chips", "inlet", "vrm", "machine", "hw", "limit", "should", "best", "backup", "code"]
)
def test_what_no_card_tells_has_no_column(column: str) -> None:
    assert not any(column in line.split() for line in printed("trex", "0.26__2x-gpu__dual"))
