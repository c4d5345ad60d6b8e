"""Threads, cards and algorithms of Team Black Miner, which its answers mix."""

import json

import pytest

from miner_agent.drivers import teamblackminer
from miner_agent.errors import BadPayload
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Payloads

TOTALS = {"total_hashrate": 90, "total_accepted": 9, "total_rejected": 1}
ETC, VTC = {"algo": "etchash", "url": "a.example", "port": 1}, {"algo": "verthash", "url": "b.example", "port": 2}


def thread(gpu: int, bus: int, hashrate: float, **more: object) -> dict[str, object]:
    return {"gpu": gpu, "pcie_id": bus, "hashrate": hashrate, "watt": 100, "accepted": 1, **more}


def read(pool: object = None, **devices: dict[str, object]) -> MinerSnapshot:
    answer: dict[str, object] = {"miner": TOTALS, "pool": pool}
    if devices:
        answer["devices"] = {key.removeprefix("t"): row for key, row in devices.items()}
    return teamblackminer.parse(Payloads({"summary": json.dumps(answer).encode()}))


def told(snapshot: MinerSnapshot) -> list[tuple[str | None, float | None, int | None, str | None]]:
    return [
        (work.algorithm, work.hashes_per_second, work.accepted_shares_total, work.pool) for work in snapshot.workloads
    ]


def test_two_algorithms_on_one_card_are_two_workloads_of_it() -> None:
    snapshot = read({"0": ETC, "1": VTC}, t0=thread(0, 9, 80, algo="etchash"), t1=thread(0, 9, 10, algo="verthash"))

    assert told(snapshot) == [("etchash", 80, 1, "a.example:1"), ("verthash", 10, 1, "b.example:2")]
    assert [(device.index, device.power_watts) for device in snapshot.devices] == [(0, 100)]
    assert [[work.device_index for work in one.devices] for one in snapshot.workloads] == [[0], [0]]


def test_two_threads_of_one_algorithm_are_one_card_that_does_their_sum() -> None:
    snapshot = read(ETC, t0=thread(0, 9, 45), t1=thread(0, 9, 45))

    assert told(snapshot) == [("etchash", 90, 9, "a.example:1")]
    assert [work.hashes_per_second for work in snapshot.workloads[0].devices] == [90]
    assert len(snapshot.devices) == 1


def test_cards_of_two_makers_with_one_number_stay_two() -> None:
    snapshot = read(ETC, t0=thread(0, 9, 60), t1=thread(0, 10, 30))

    assert [device.pci_address for device in snapshot.devices] == ["0000:09:00.0", "0000:0a:00.0"]
    assert [work.hashes_per_second for work in snapshot.workloads[0].devices] == [60, 30]


def test_totals_stand_without_cards() -> None:
    assert told(read({"1": ETC})) == [("etchash", 90, 9, "a.example:1")]


def test_of_several_pools_for_one_algorithm_none_is_said_to_be_in_use() -> None:
    assert told(read({"1": ETC, "2": {**ETC, "url": "c.example"}})) == [("etchash", 90, 9, None)]


def test_the_sum_of_two_algorithms_is_nobody_s_hashrate() -> None:
    assert told(read({"0": ETC, "1": VTC}, t0=thread(0, 9, 90))) == [
        ("etchash", None, None, "a.example:1"),
        ("verthash", None, None, "b.example:2"),
    ]


def test_without_its_total_it_is_another_program() -> None:
    with pytest.raises(BadPayload, match="total_hashrate"):
        teamblackminer.DRIVER.read(Payloads({"summary": b'{"miner": {"name": "TBMiner"}, "pool": {}}'}))


def without(row: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != key}


def test_a_thread_that_does_not_say_its_card_is_moved_to_no_other() -> None:
    first, second, third = thread(0, 9, 80), thread(0, 9, 10), thread(1, 10, 50)

    assert [work.device_index for work in read(t0=first, t1=second, t2=third).workloads[0].devices] == [0, 1]
    assert read(t0=first, t1=without(second, "gpu"), t2=third).devices == ()
    assert read(t0=first, t1=without(second, "pcie_id"), t2=third).devices == ()
    assert [device.index for device in read(t0=first, t2=without(third, "pcie_id")).devices] == [0, 1]
