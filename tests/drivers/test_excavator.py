"""Excavator tells by name which card works on which algorithm."""

import json

from miner_agent import drivers
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Payloads


def read(algorithms: list[str], workers: list[tuple[int, str, float]]) -> MinerSnapshot:
    told = {
        "algorithms": {"algorithms": [{"name": name, "speed": 7.0} for name in algorithms]},
        "workers": {
            "workers": [
                {"device_id": card, "algorithms": [{"name": name, "speed": speed}]} for card, name, speed in workers
            ]
        },
    }
    reading = drivers.load("excavator").read(Payloads({name: json.dumps(said).encode() for name, said in told.items()}))
    assert isinstance(reading, MinerSnapshot)
    return reading


def test_a_card_that_two_workers_share_for_one_algorithm_has_no_hashrate_of_its_own() -> None:
    (workload,) = read(["kawpow"], [(0, "kawpow", 3.0), (1, "kawpow", 2.0), (1, "kawpow", 2.0)]).workloads

    assert [(work.device_index, work.hashes_per_second) for work in workload.devices] == [(0, 3.0)]


def test_two_algorithms_of_one_name_do_not_multiply_the_cards() -> None:
    reading = read(
        ["kawpow"] * 100 + ["octopus"], [(card, "kawpow", 1.0) for card in range(100)] + [(7, "octopus", 5.0)]
    )

    assert [len(workload.devices) for workload in reading.workloads] == [0] * 100 + [1]
