"""XMRig, HTTP API version 2, and its ancestors back to 2.4.

The first seconds after a start report ``null`` hashrates: the averages do not exist yet. Version 2.x answers every
path with its summary, or tells of its threads at a path of their own. ``connection.uptime`` is the pool connection's;
the miner's own stands at the top since 5.

``hashes_total`` is the sum of difficulties over accepted shares, in 2.x with those that were mined for its author. The
summary does not tell the account; ``/1/config`` would, with the pools' passwords, and answers only where the API also
takes writes: it is not asked. ``connection`` stays the owner's while it mines for its author, but in a configuration
that was never edited.
"""

from calculators.units import MEGAHERTZ
from miner_agent.drivers.shared import xmrig_summary
from miner_agent.drivers.shared.cards import amount, ratio, total
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.made_in_c import copied_with
from miner_agent.model.readings import MinerSnapshot
from miner_agent.pci import pci_address
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

SUMMARY = HttpGet("summary", "/2/summary", aliases=("/1/summary", "/api.json"))
BACKENDS = HttpGet("backends", "/2/backends", aliases=("/1/threads",))
OF_ITS_AUTHOR = frozenset({"xmrig.com"})
CPU = "cpu"  # its threads are no devices


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name).shaped(*xmrig_summary.KEYS)
    backends = payloads.json_or_none(BACKENDS.name)
    cards = _cards(backends) if backends is not None else []
    sensors = list(summary.items("health")) or [threads[0] for threads in cards]  # 2.x has them in its summary
    rates = [hashes_per_second(threads) for threads in cards]
    works = [
        DeviceWork(device_index=index, hashes_per_second=rate) for index, rate in enumerate(rates) if rate is not None
    ]
    work = xmrig_summary.workload(summary, devices=tuple(works))
    return MinerSnapshot(
        software="xmrig",
        software_version=clean_or_none(summary.text_or_none("version")),
        uptime_seconds=summary.number_or_none("uptime"),
        pool_connection_seconds=summary.number_or_none("connection", "uptime"),
        paused=summary.truth_or_none("paused"),
        workloads=(copied_with(work, dev_fee=_is_its_author_s(work.pool)),),
        devices=tuple(_device(index, card) for index, card in enumerate(sensors)),
    )


def _is_its_author_s(pool: str | None) -> bool:
    host = (pool or "").rpartition("://")[2].rpartition(":")[0].lower()
    return ".".join(host.split(".")[-2:]) in OF_ITS_AUTHOR


def _cards(backends: Doc) -> list[list[Doc]]:
    """The threads of each card: OpenCL runs several on one. 2.x tells of them without backends.

    None where it cannot be known of one thread which card it works on.
    """
    found: list[list[Doc]] = []
    for backend in backends.items() if backends.is_list() else [backends]:
        by_index: dict[int, list[Doc]] = {}
        for thread in backend.items("threads"):
            if CPU not in (backend.text_or_none("type"), thread.text_or_none("type")):
                index = thread.index_or_none("index")
                if index is None:
                    return []
                by_index.setdefault(index, []).append(thread)
        found += by_index.values()
    return found


def hashes_per_second(threads: list[Doc]) -> float | None:
    """The sum over threads; unknown as long as one of them has no average yet."""
    return total([amount(thread, "hashrate", xmrig_summary.TEN_SECONDS) for thread in threads])


def _device(index: int, card: Doc) -> DeviceReading:
    health = card.at("health")
    old = health.value is None  # 2.x: the numbers stand in the card itself
    if old:
        health = card
    clock = health.number_or_none("clock")
    memory_clock = health.number_or_none("mem_clock")
    fans = [health.at("fan")] if old else list(health.items("fan_speed"))
    fan_ratios = tuple(ratio(amount(fan)) for fan in fans)
    known = [fan for fan in fan_ratios if fan is not None]
    return DeviceReading(
        index=index,
        name=clean_or_none(card.text_or_none("board") or card.text_or_none("name")),
        pci_address=pci_address(card.text_or_none("bus_id")),
        core_temperature_celsius=health.number_or_none("temp" if old else "temperature"),
        fan_ratio=max(known) if known and len(known) == len(fan_ratios) else None,
        fan_ratios=fan_ratios if len(fan_ratios) > 1 else (),
        power_watts=amount(health, "power"),
        core_clock_hertz=None if clock is None else clock * MEGAHERTZ,
        memory_clock_hertz=None if memory_clock is None else memory_clock * MEGAHERTZ,
    )


DRIVER = Driver(
    name="xmrig",
    products=("XMRig", "XMRig-MO"),
    requests=(SUMMARY, BACKENDS),
    parse=parse,
    default_port=None,
    enable_api='"http": {"enabled": true, "host": "127.0.0.1", "port": 18080, "restricted": true} in config.json',
    documentation="https://xmrig.com/docs/miner/api",
    seen=("2.4.0", "2.6.0", "2.6.1 (NVIDIA)", "5.11.1", "6.12.0-mo1"),
    only_read_about="graphics cards in versions 5 and 6",
    processes=("xmrig", "xmrig-notls", "xmrig-amd", "xmrig-nvidia", "xmrig-cuda"),
    port_options=("--http-port", "--api-port"),
)
