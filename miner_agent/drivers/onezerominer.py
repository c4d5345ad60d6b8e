"""OneZeroMiner, HTTP API. Read from its field list only.

Lists within an algorithm stand in the order of ``devices``. The number of a card's bus is decimal. Account and
difficulty are not told.
"""

from miner_agent.drivers.shared.cards import measured, ratio
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none, pool_address

STATUS = HttpGet("status", "/")


def parse(payloads: Payloads) -> MinerSnapshot:
    status = payloads.json(STATUS.name)
    if not status.at("algos").is_list():
        status.at("algos").expected("a list of algorithms")
    cards = list(status.items("devices"))
    return MinerSnapshot(
        software="onezerominer",
        software_version=clean_or_none(status.text_or_none("version")),
        uptime_seconds=status.number_or_none("uptime_seconds"),
        workloads=tuple(_workload(algorithm, len(cards)) for algorithm in status.items("algos")),
        devices=tuple(_device(index, card) for index, card in enumerate(cards)),
    )


def _workload(algorithm: Doc, cards: int) -> Workload:
    return Workload(
        algorithm=clean_or_none(algorithm.text_or_none("name")),
        hashes_per_second=algorithm.number_or_none("total_hashrate"),
        accepted_shares_total=algorithm.count_or_none("total_accepted_shares"),
        rejected_shares_total=algorithm.count_or_none("total_rejected_shares"),
        pool=pool_address(algorithm.private_text_or_none("pool")),
        devices=tuple(
            DeviceWork(
                device_index=index,
                hashes_per_second=algorithm.number_or_none("hashrates", index),
                accepted_shares_total=algorithm.count_or_none("devices_accepted_shares", index),
                rejected_shares_total=algorithm.count_or_none("devices_rejected_shares", index),
            )
            for index in range(cards)
        ),
    )


def _device(index: int, card: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        name=clean_or_none(card.text_or_none("name")),
        vendor=clean_or_none(card.text_or_none("vendor")),
        pci_address=pci_address_of(card.count_or_none("bus_id")),
        core_temperature_celsius=measured(card, "temp"),
        fan_ratio=ratio(card.number_or_none("fan")),
        power_watts=measured(card, "power"),
    )


DRIVER = Driver(
    name="onezerominer",
    products=("OneZeroMiner",),
    requests=(STATUS,),
    parse=parse,
    default_port=3001,
    enable_api="on by default; --api-host 127.0.0.1 --api-port 3001, no --api-disable",
    documentation="https://github.com/OneZeroMiner/onezerominer",
    only_read_about="all of it",
    processes=("onezerominer",),
    port_options=("--api-port",),
)
