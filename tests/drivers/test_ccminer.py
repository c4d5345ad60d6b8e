"""The text API of ccminer and its relatives: what is odd in one record costs that record or less."""

from miner_agent.drivers import ccminer
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Payloads

SUMMARY = b"NAME=ccminer;VER=2.3;ALGO=x16r;GPUS=2;KHS=40000.00;ACC=45;REJ=1;UPTIME=1000|\x00"


def read(threads: bytes, summary: bytes = SUMMARY) -> MinerSnapshot:
    reading = ccminer.DRIVER.read(Payloads({"summary": summary, "threads": threads}))
    assert isinstance(reading, MinerSnapshot)
    return reading


def test_two_cards_under_one_number_are_told_apart_by_their_bus() -> None:
    reading = read(b"GPU=0;BUS=1;KHS=19000.00;TEMP=60|GPU=0;BUS=2;KHS=21000.00;TEMP=62|\x00")

    assert reading.workloads[0].hashes_per_second == 40e6
    assert [device.pci_address for device in reading.devices] == ["0000:01:00.0", "0000:02:00.0"]
    assert [work.hashes_per_second for work in reading.workloads[0].devices] == [19e6, 21e6]


def test_a_record_that_is_none_costs_the_cards_and_not_the_miner() -> None:
    reading = read(b"GPU=0;nonsense|")

    assert reading.workloads[0].accepted_shares_total == 45
    assert reading.devices == ()


def test_a_number_that_is_none_costs_itself() -> None:
    reading = read(b"GPU=0;BUS=1;KHS=fast;TEMP=60|GPU=1;BUS=2;KHS=21000.00;TEMP=n/a|")

    assert [work.hashes_per_second for work in reading.workloads[0].devices] == [None, 21e6]
    assert [device.core_temperature_celsius for device in reading.devices] == [60.0, None]
