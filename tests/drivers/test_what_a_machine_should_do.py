"""What firmware says that a machine should do, what its parts do, and its best shares."""

import json
from pathlib import Path
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.model.devices import DevicePart
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Payloads
from tests.captured import OWN, Case, cases, raw_of


def read(driver: str, raw: dict[str, bytes]) -> MinerSnapshot:
    snapshot = drivers.load(driver).read(Payloads(raw))
    assert isinstance(snapshot, MinerSnapshot)
    return snapshot


def axeos(**more: Any) -> MinerSnapshot:
    answers = raw_of(OWN / "bitaxe/2.9__gamma__mining")
    return read("bitaxe", {**answers, "info": json.dumps(json.loads(answers["info"]) | more).encode()})


@pytest.fixture(scope="module")
def real(captured: Path) -> dict[str, Case]:
    return {case.name: case for case in cases(captured)}


@pytest.mark.parametrize(
    ("name", "nominal_terahashes", "of_boards_terahashes"),
    [
        ("whatsminer/m30s-btminer-2021", 100.999, []),
        ("whatsminer/m60s-api3", 181.051, [60.35] * 3),
        ("antminer/s21pro-vnish-1.2.7", 196.51717, [65.505727] * 3),
        ("antminer/s19pro-2022-full", 110.0, []),
        ("avalon/a1246-21072802", 83.92304, [83.92304]),
        ("braiins-os/v25.07-rest-s19xp", 142.876598290866, []),
        ("bitaxe/axeos-v2.12-vendor-mock", 0.42, []),
        ("whatsminer/m20s-2019", None, []),
    ],
)
def test_real_machines_say_what_they_should_do(
    real: dict[str, Case], name: str, nominal_terahashes: float | None, of_boards_terahashes: list[float]
) -> None:
    (workload,) = read(real[name].driver.name, real[name].raw).workloads
    of_boards = [work.nominal_hashes_per_second for work in workload.devices if work.nominal_hashes_per_second]

    told = workload.nominal_hashes_per_second
    assert told == (None if nominal_terahashes is None else pytest.approx(nominal_terahashes * 1e12))
    assert of_boards == pytest.approx([rate * 1e12 for rate in of_boards_terahashes])


def test_a_rate_that_nobody_set_is_none(real: dict[str, Case]) -> None:
    summary = b'{"STATUS":[{"STATUS":"S"}],"SUMMARY":[{"HS RT":9e6,"Factory GHS":%s}]}'

    for number in (b"0", b"-0.003"):
        assert read("whatsminer", {"summary": summary % number}).workloads[0].nominal_hashes_per_second is None


def test_the_boards_of_an_avalon_have_each_their_hashrate_and_their_heat(real: dict[str, Case]) -> None:
    (module,) = read("avalon", real["avalon/a1246-21072802"].raw).devices
    wanted = real["avalon/a1246-21072802"].expected["module_boards"]

    assert [part.number for part in module.parts] == [0, 1, 2]
    assert [part.hashes_per_second for part in module.parts] == pytest.approx([one["hashrate_hs"] for one in wanted])
    assert [part.core_temperature_celsius for part in module.parts] == [one["temperature_celsius"] for one in wanted]
    assert [part.hotspot_temperature_celsius for part in module.parts] == [
        one["chip_temperature_celsius"] for one in wanted
    ]
    assert [(part.chips, part.errors_total) for part in module.parts] == [(120, 0)] * 3


def test_the_long_mean_of_an_avalon_that_was_switched_off_is_no_hashrate(real: dict[str, Case]) -> None:
    (module,) = read("avalon", real["avalon/avalon-q-softoff"].raw).devices

    assert [part.hashes_per_second for part in module.parts] == [None]


def test_axeos_tells_what_each_domain_of_a_chip_does(real: dict[str, Case]) -> None:
    (device,) = read("bitaxe", real["bitaxe/axeos-v2.12-vendor-mock"].raw).devices

    (part,) = device.parts
    assert part.hashes_per_second == pytest.approx(441.2579e9)
    assert part.domain_hashes_per_second == pytest.approx((114.9901e9, 98.6658e9, 103.8136e9, 122.7133e9))
    assert part.errors_total == 4


def test_a_nerdqaxe_tells_how_hot_each_chip_is() -> None:
    (device,) = axeos(hashrateMonitor=None, asicTemps=[45.5, 0, 47.0]).devices

    assert device.parts == (
        DevicePart(number=0, hotspot_temperature_celsius=45.5),
        DevicePart(number=1),
        DevicePart(number=2, hotspot_temperature_celsius=47.0),
    )


@pytest.mark.parametrize(
    ("told", "difficulty"), [("483k", 483e3), ("1.2M", 1.2e6), (238214491, 238214491.0), ("0", None)]
)
def test_the_best_share_ever_stands_in_text_or_as_a_number(told: object, difficulty: float | None) -> None:
    (workload,) = axeos(bestDiff=told, bestSessionDiff=told).workloads

    assert (workload.best_difficulty, workload.session_best_difficulty) == (difficulty, difficulty)


@pytest.mark.parametrize(
    ("info", "blocks"), [({"blockFound": 1}, 1), ({"foundBlocks": 0, "totalFoundBlocks": 2}, 2), ({}, None)]
)
def test_blocks_that_were_found_are_counted(info: dict[str, int], blocks: int | None) -> None:
    assert axeos(**info).workloads[0].found_blocks_total == blocks


def test_the_cgminer_family_tells_its_best_share_since_the_start(real: dict[str, Case]) -> None:
    (workload,) = read("whatsminer", real["whatsminer/m30s-btminer-2021"].raw).workloads

    assert (workload.session_best_difficulty, workload.found_blocks_total) == (54727919944, 0)
    assert workload.best_difficulty is None


def test_water_and_boards_of_a_whatsminer_by_api_3() -> None:
    answers = raw_of(OWN / "whatsminer3/3.0__m66__mining")
    device = json.loads(answers["device"])
    device["msg"]["power"]["liquid-temperature"] = 44.1

    snapshot = read("whatsminer3", {**answers, "device": json.dumps(device).encode()})

    assert (snapshot.liquid_temperature_celsius, snapshot.boards_expected) == (44.1, 2)
    assert read("whatsminer3", answers).liquid_temperature_celsius is None


@pytest.mark.parametrize(("chips", "expected"), [(76, 76), (75, 76), (30, None)])
def test_luxos_knows_what_an_antminer_was_built_with(chips: int, expected: int | None) -> None:
    answers = raw_of(OWN / "luxos/2024.9__s19__mining")
    stats = json.loads(answers["stats"].rstrip(b"\0"))
    stats["STATS"][-1]["chain_acn1"] = chips

    snapshot = read("luxos", {**answers, "stats": json.dumps(stats).encode()})

    assert (snapshot.devices[0].chips, snapshot.devices[0].chips_expected) == (chips, expected)
    assert snapshot.boards_expected == 3
