"""A row that is none, among rows that are good: it costs itself, and no sum and no number of another one is wrong by it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Payloads
from tests.captured import own

ODD = pytest.mark.parametrize("odd", [None, "n/a", 7, []])


def read(driver: str, changed: str, change: Callable[[Any], None], *, capture: int = 0) -> tuple[MinerSnapshot, int]:
    """What the driver makes of one of its captures with a change in one answer, and how many defects it names."""
    raw = list(own(driver))[capture]
    document = json.loads(raw[changed].rstrip(b"\0"))
    change(document)
    payloads = Payloads({**raw, changed: json.dumps(document).encode()})
    snapshot = drivers.load(driver).read(payloads)
    assert isinstance(snapshot, MinerSnapshot)
    return snapshot, len(list(payloads.defects))


@ODD
def test_a_device_of_bzminer_that_is_none_leaves_no_sum_over_the_others(odd: object) -> None:
    def change(answer: dict[str, Any]) -> None:
        answer["devices"][0] = odd

    snapshot, defects = read("bzminer", "status", change)

    (workload,) = snapshot.workloads
    assert (workload.hashes_per_second, workload.accepted_shares_total) == (None, None)
    assert defects


@ODD
def test_a_board_of_an_epic_that_is_none_leaves_no_sum_over_the_others(odd: object) -> None:
    def change(answer: dict[str, Any]) -> None:
        answer["HBs"][0] = odd

    snapshot, _ = read("epic", "summary", change)

    assert snapshot.workloads[0].hashes_per_second is None
    assert snapshot.devices


@ODD
def test_a_board_of_braiins_without_its_number_takes_no_other_ones(odd: object) -> None:
    whole, _ = read("braiins", "hashboards", lambda _: None)
    numbers = [device.index for device in whole.devices]

    def change(answer: dict[str, Any]) -> None:
        answer["hashboards"][1] = odd  # its place is the number of the first

    snapshot, defects = read("braiins", "hashboards", change)

    assert [device.index for device in snapshot.devices] == [number for number in numbers if number != numbers[1]]
    assert snapshot.devices[0] == whole.devices[0]
    assert defects


def test_boards_of_braiins_go_by_their_places_where_no_name_is_a_number() -> None:
    def change(answer: dict[str, Any]) -> None:
        for board, name in zip(answer["hashboards"], "abc", strict=False):
            board["id"] = name

    snapshot, defects = read("braiins", "hashboards", change)

    assert [device.index for device in snapshot.devices] == list(range(len(snapshot.devices)))
    assert not defects


@ODD
def test_of_a_pool_that_says_nothing_it_is_not_known_whether_it_is_used(odd: object) -> None:
    def change(answer: dict[str, Any]) -> None:
        answer["POOLS"][0] = odd

    snapshot, _ = read("antminer", "pools", change)

    assert all(pool.active is None for pool in snapshot.workloads[0].pools if pool.pool is None)


@pytest.mark.parametrize(("driver", "answer", "capture"), [("bminer", "solver", 0), ("teamblackminer", "summary", 2)])
def test_a_key_that_is_no_number_among_those_of_cards_costs_itself(driver: str, answer: str, capture: int) -> None:
    whole, _ = read(driver, answer, lambda _: None, capture=capture)
    snapshot, defects = read(driver, answer, lambda told: told["devices"].update(total={"x": 1}), capture=capture)

    assert snapshot.devices == whole.devices
    assert [one.devices for one in snapshot.workloads] == [one.devices for one in whole.workloads]
    assert defects == 1


def test_a_sum_over_cards_of_bminer_holds_all_that_are_listed() -> None:
    whole, _ = read("bminer", "solver", lambda _: None)
    snapshot, _ = read("bminer", "solver", lambda told: told["devices"].update(total={"x": 1}))

    assert None not in [one.hashes_per_second for one in whole.workloads]
    assert {one.hashes_per_second for one in snapshot.workloads} == {None}


@pytest.mark.parametrize(("told", "state"), [(True, None), (False, "disabled"), ("Y", None), ("N", "disabled")])
def test_a_board_of_the_cgminer_family_is_enabled_in_whichever_words(told: object, state: str | None) -> None:
    def change(answer: dict[str, Any]) -> None:
        answer["DEVS"] = [{"ASC": 0, "Enabled": told, "MHS 5s": 5.0}]

    snapshot, defects = read("cgminer", "devs", change)

    assert [device.state for device in snapshot.devices] == [state]
    assert not defects


@pytest.mark.parametrize("marks", ["n/a", 7, [], True])
def test_marks_of_chips_that_are_none_leave_no_count_of_those_that_work(marks: object) -> None:
    whole, _ = read("antminer", "stats", lambda _: None)

    def change(answer: dict[str, Any]) -> None:
        answer["STATS"][1]["chain_acs2"] = marks

    snapshot, defects = read("antminer", "stats", change)
    chips = {device.index: (device.chips, device.chips_expected) for device in snapshot.devices}

    assert chips[2] == (None, None)
    assert {**chips, 2: None} == {
        **{device.index: (device.chips, device.chips_expected) for device in whole.devices},
        2: None,
    }
    assert defects == 1


@pytest.mark.parametrize("version", ["n/a", "3.1.2", "TT-Miner 3.0", "11.8 - ETH"])
def test_tt_miner_speaks_of_hashes_whatever_its_version_is_called(version: str) -> None:
    def change(answer: dict[str, Any]) -> None:
        answer["result"][0] = version

    whole, _ = read("ttminer", "getstat1", lambda _: None)
    snapshot, _ = read("ttminer", "getstat1", change)

    assert snapshot.software == "tt-miner"
    assert snapshot.workloads[0].hashes_per_second == whole.workloads[0].hashes_per_second
    assert snapshot.devices == whole.devices
