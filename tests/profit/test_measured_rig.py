"""A rig as it is measured: what its miners do and what is drawn for it, each with its source, or a sentence."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from calculators.earnings.sum_sheet import Term
from miner_agent.errors import Unreachable
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.readings import HostReading, MeterReading, MinerSnapshot, Outcome, SensorReading, Workload
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.profit.measured import rig_as_measured
from miner_agent.profit.rig_figures import NO_POWER, Power, Rig, Work
from miner_agent.tables.hardware_table import load_hardware
from miner_agent.tables.spellings import load_algorithms
from miner_agent.tick.inventory import take_inventory
from tests.profit.recomputed_ranking import recomputed

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HARDWARE, ALGORITHMS = load_hardware(), load_algorithms()
CPU = "AMD Ryzen 9 5950X 16-Core Processor"


def outcome(source: str, kind: Any, reading: Any, error: Any = None) -> "Outcome[Any]":
    return Outcome(source=source, kind=kind, asked_at=NOW, duration_seconds=0.1, reading=reading, error=error)


def card(index: int, watts: float | None = 200.0, name: str = "NVIDIA GeForce RTX 3080") -> DeviceReading:
    return DeviceReading(
        index=index, name=name, uuid=f"GPU-{index}", pci_address=f"0000:0{index}:00.0", power_watts=watts,
        core_temperature_celsius=50,
    )  # fmt: skip


def cards(*readings: DeviceReading) -> "Outcome[Any]":
    return outcome("nvml", "collector", SensorReading(devices=readings))


def miner(
    name: str, algorithm: str, rate: float | None, *devices: DeviceReading, watts: float | None = None, **others: Any
) -> "Outcome[Any]":
    work = Workload(
        algorithm=algorithm,
        hashes_per_second=rate,
        devices=tuple(DeviceWork(device_index=each.index) for each in devices),
    )
    reading = MinerSnapshot(software=name, workloads=(work,), devices=devices, power_watts=watts, **others)
    return outcome(name, "miner", reading)


def host(watts: float | None) -> "Outcome[Any]":
    processor = DeviceReading(index=0, kind=DeviceKind.CPU, name=CPU, power_watts=watts)
    return outcome("host", "collector", HostReading(devices=(processor,)))


def meter(watts: float | None) -> "Outcome[Any]":
    return outcome("plug", "meter", MeterReading(power_watts=watts))


def measured(*outcomes: "Outcome[Any]") -> Rig:
    snapshot = RigSnapshot(taken_at=NOW, rig="left", outcomes=outcomes, inventory=take_inventory(outcomes))
    return rig_as_measured(snapshot, hardware=HARDWARE, algorithms=ALGORITHMS)


def work_of(rig: Rig, algorithm: str) -> Work:
    """The first of that algorithm: what is mined now stands before what could be."""
    return next(work for work in rig.works if work.mined_as == algorithm)


def power_of(rig: Rig, algorithm: str) -> Power | None:
    work = work_of(rig, algorithm)
    assert work.measured
    recomputed((*work.count_terms, *work.hash_terms, *work.power_terms))
    return work.power


def test_cards_that_a_miner_names_draw_what_their_driver_says() -> None:
    rig = measured(
        cards(card(1), card(2, 210.0), card(3, 90.0)), miner("trex", "kawpow", 90e6, card(1, 999.0), card(2, None))
    )

    work = work_of(rig, "kawpow")
    assert (work.hashes_per_second, work.power, work.devices) == (90e6, Power(board_watts=410), "trex")
    assert work.hash_terms[0].source == "measured: trex"
    assert work.hash_terms[0].taken_at == NOW
    assert rig.name == "left"
    assert rig.problems == ()


def test_what_nobody_mines_has_the_figures_of_the_table() -> None:
    rig = measured(cards(card(1), card(2)), miner("trex", "kawpow", 90e6, card(1), card(2)))
    listed, alone = work_of(rig, "etchash"), {figure.algorithm: figure for figure in HARDWARE["rtx3080"].benchmarks}

    assert not listed.measured
    assert listed.hashes_per_second == 2 * alone["etchash"].hashes_per_second
    assert listed.count_terms[0].source == "found here"
    assert {work.algorithm for work in rig.works} == set(alone)


def test_two_miners_of_one_algorithm_add_up() -> None:
    rig = measured(
        cards(card(1), card(2)),
        miner("trex", "kawpow", 40e6, card(1)),
        miner("gminer", "KawPow", 41e6, card(2)),
    )

    assert power_of(rig, "kawpow") == Power(board_watts=400)
    work = work_of(rig, "kawpow")
    assert work.hashes_per_second == 81e6


def test_a_pool_of_ones_own_and_its_one_miner_are_one() -> None:
    rig = measured(
        host(120.0), miner("p2pool", "rx/0", 21_000.0, workers_connected=1), miner("xmrig", "rx/0", 20_000.0)
    )

    (work,) = [work for work in rig.works if work.measured]
    assert (work.hashes_per_second, work.devices) == (20_000.0, "xmrig")
    assert power_of(rig, "randomx") == Power(board_watts=120.0)
    assert rig.problems == ()


def test_of_a_proxy_with_more_miners_than_are_asked_what_is_above_them_is_left() -> None:
    told = [miner("a", "rx/0", 20_000.0), miner("b", "rx/0", 10_000.0), miner("x", "x11", 5e6)]
    proxy = miner("proxy", "randomx", 100_000.0, workers_connected=9)
    rig = measured(host(120.0), *told, proxy)

    rates = sorted(work.hashes_per_second for work in rig.works if work.measured and work.mined_as == "randomx")
    assert math.fsum(rates) == 100_000.0
    assert "proxy: what the other miners of randomx tell themselves is taken off what it tells" in rig.problems


def test_a_proxy_in_front_of_a_pool_of_ones_own_is_counted_once() -> None:
    proxy, pool = (
        miner("proxy", "rx/0", 90_000.0, workers_connected=9),
        miner("p2pool", "rx/0", 95_000.0, workers_connected=1),
    )

    for told in ([proxy, pool], [pool, proxy]):
        rates = [work.hashes_per_second for work in measured(host(120.0), *told).works if work.measured]
        assert rates == [90_000.0]


def test_a_machine_that_tells_its_own_power_is_at_the_wall() -> None:
    rig = measured(miner("s19", "sha256d", 140e12, watts=3010.0), miner("s20", "sha256d", 100e12, watts=3000.0))

    assert power_of(rig, "sha256d") == Power(wall_watts=6010)


@pytest.mark.parametrize(
    ("software", "product", "fee"),
    [
        ("cgminer", "Antminer S21 Pro (Vnish 1.2.7)", 0.025),
        ("cgminer", "Antminer S9 (vnish 3.8.6)", 0.025),
        ("braiins-os", None, 0.025),
        ("luxminer", "Antminer S19", 0.025),
        ("cgminer", "Antminer S21 Pro", 0),
    ],
)
def test_a_machine_under_firmware_that_others_sell_keeps_what_that_takes(
    software: str, product: str | None, fee: float
) -> None:
    board = DeviceReading(index=0, kind=DeviceKind.HASHBOARD)
    rig = measured(miner(software, "sha256d", 140e12, board, watts=3000.0, product=product))

    assert work_of(rig, "sha256d").program_fee_ratio == fee


def test_a_processor_mines_what_processors_mine() -> None:
    rig = measured(cards(card(1)), host(120.0), miner("xmrig", "rx/0", 15e3))

    assert power_of(rig, "randomx") == Power(board_watts=120)


def test_cards_mine_the_rest_where_their_miner_names_none() -> None:
    rig = measured(cards(card(1), card(2)), host(60.0), miner("old", "etchash", 190e6))

    assert power_of(rig, "etchash") == Power(board_watts=400)


def test_a_meter_goes_before_everything_else() -> None:
    rig = measured(cards(card(1)), meter(350.0), miner("trex", "kawpow", 40e6, card(1)))

    assert power_of(rig, "kawpow") == Power(wall_watts=350, metered=True)


def test_a_meters_watts_are_shared_out_by_what_the_boards_draw() -> None:
    rig = measured(
        cards(card(1, 300.0)),
        host(100.0),
        meter(500.0),
        miner("trex", "kawpow", 40e6, card(1)),
        miner("xmrig", "rx/0", 9e3),
    )

    assert power_of(rig, "kawpow") == Power(wall_watts=375, metered=True)
    assert power_of(rig, "randomx") == Power(wall_watts=125, metered=True)


def test_a_meter_that_is_fed_is_not_used() -> None:
    rig = measured(cards(card(1)), meter(-800.0), miner("trex", "kawpow", 40e6, card(1)))

    assert power_of(rig, "kawpow") == Power(board_watts=200)
    assert rig.problems == ("the meter shows that nothing is drawn from the grid; its reading is not used",)


def test_a_card_without_watts_leaves_a_sentence_and_no_power() -> None:
    rig = measured(cards(card(1), card(2, None)), miner("trex", "kawpow", 80e6, card(1), card(2, None)))

    assert power_of(rig, "kawpow") is None
    assert rig.problems == ("kawpow: trex mines it, and no power of GPU-2 is known; say the watts at the wall",)


def test_what_cannot_be_understood_is_named() -> None:
    broken = outcome("right", "miner", None, Unreachable("right: no connection"))
    rig = measured(
        cards(card(1, name="Imagination 9000")),
        broken,
        miner("new", "hash-of-next-year", 5.0),
        miner("slow", "etchash", None),
    )

    assert rig.works == ()
    assert rig.problems[:3] == (
        "right: no connection",
        "new: its algorithm, hash-of-next-year, is in no table; a file of your own can add it",
        "slow: it tells no hashrate on etchash yet",
    )
    assert "Imagination 9000" in rig.problems[3]


def test_cards_that_do_two_things_at_once_draw_their_power_once() -> None:
    works = tuple(
        Workload(algorithm=name, hashes_per_second=rate, devices=(DeviceWork(device_index=1),))
        for name, rate in (("etchash", 50e6), ("kheavyhash", 2e9))
    )
    dual = outcome("dual", "miner", MinerSnapshot(software="dual", workloads=works, devices=(card(1),)))
    rig = measured(cards(card(1, 250.0)), dual)

    work = work_of(rig, "etchash+kheavyhash")
    assert work.power == Power(board_watts=250)
    assert work.second is not None
    assert (work.hashes_per_second, work.second.hashes_per_second) == (50e6, 2e9)
    assert work.second.power == NO_POWER


def test_a_rig_with_nothing_has_nothing() -> None:
    assert measured() == Rig(name="left", parts=())
    assert measured(meter(50.0)) == Rig(name="left", parts=())


def test_a_lost_card_is_no_card() -> None:
    gone = replace(card(2, None), core_temperature_celsius=None)
    rig = measured(cards(card(1), gone), miner("trex", "kawpow", 40e6, card(1)))
    listed = work_of(rig, "etchash")

    assert math.isclose(listed.count_terms[0].value, 1)
    assert isinstance(listed.count_terms[0], Term)
