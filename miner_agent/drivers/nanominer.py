"""nanominer, HTTP API.

Hashrates are text, ``"4.591157e+06"``; algorithms and cards are the keys of objects. The answer does not name the
version, the account or a difficulty. The address of a card is hexadecimal. The hashrate of Zilliqa stays at its last
value between its rounds.
"""

import math
import re
from collections.abc import Iterator

from miner_agent.drivers.shared.cards import ratio
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none, pool_address

STATS = HttpGet("stats", "/stats")
_CARD = re.compile(r"GPU (\d{1,4})", re.ASCII)
_NUMBER = re.compile(r"\d{1,30}(?:\.\d{0,30})?(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)


def parse(payloads: Payloads) -> MinerSnapshot:
    stats = payloads.json(STATS.name)
    if not stats.at("Algorithms").is_list():
        stats.at("Algorithms").expected("a list")
    return MinerSnapshot(
        software="nanominer",
        uptime_seconds=stats.number_or_none("WorkTime"),
        workloads=tuple(
            _workload(name, algorithm)
            for algorithms in stats.items("Algorithms")
            for name, algorithm in algorithms.entries()
        ),
        devices=tuple(_device(index, card) for devices in stats.items("Devices") for index, card in _cards(devices)),
    )


def _cards(holder: Doc) -> Iterator[tuple[int, Doc]]:
    """Each card under that place, with its number."""
    for key, place in holder.entries():
        found = _CARD.fullmatch(key)
        if found is not None:
            yield int(found[1]), place


def _workload(name: str, algorithm: Doc) -> Workload:
    total = algorithm.at("Total")
    return Workload(
        algorithm=clean_or_none(name),
        hashes_per_second=_number_or_none(total.at("Hashrate")),
        accepted_shares_total=total.count_or_none("Accepted"),
        rejected_shares_total=total.count_or_none("Denied"),
        pool=pool_address(algorithm.private_text_or_none("CurrentPool")),
        devices=tuple(
            DeviceWork(
                device_index=index,
                hashes_per_second=_number_or_none(card.at("Hashrate")),
                accepted_shares_total=card.count_or_none("Accepted"),
                rejected_shares_total=card.count_or_none("Denied"),
            )
            for index, card in _cards(algorithm)
        ),
    )


def _number_or_none(place: Doc) -> float | None:
    """A number, or text that holds one, with an exponent or without."""
    if not isinstance(place.value, str):
        return place.number_or_none()
    text = place.value.strip()
    if not text:
        return None
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    if not math.isfinite(number):
        place.doubt('a number, or text such as "4.591157e+06"')
        return None
    return number


def _device(index: int, card: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        name=clean_or_none(card.text_or_none("Name")),
        pci_address=pci_address(card.text_or_none("Pci")),
        core_temperature_celsius=_measured(card.at("Temperature")),
        fan_ratio=ratio(_number_or_none(card.at("Fan"))),
        power_watts=_measured(card.at("Power")),
    )


def _measured(place: Doc) -> float | None:
    """A sensor's value; 0 and -1 are what a card without that sensor has."""
    number = _number_or_none(place)
    return number if number is not None and number > 0 else None


DRIVER = Driver(
    name="nanominer",
    products=("nanominer",),
    requests=(STATS,),
    parse=parse,
    default_port=9090,
    enable_api="on by default; webPort = 9090 in config.ini, no webPassword; close the port to the network",
    documentation="https://github.com/nanopool/nanominer",
    seen=("of 2019",),
    only_read_about="several algorithms at once",
    processes=("nanominer",),
)
