"""Team Black Miner, HTTP API. Read from its field list and from the example of its vendor.

Old versions (1.5x) send three objects one after the other: the miner, its pool, its cards. Newer ones send one object
that holds them, and since API 1.4 pools by their number. What it calls devices are threads: several work on one card
where it mines two algorithms. The totals are over all algorithms, so that they say nothing where there are two. The
time is in minutes. A memory temperature of 0 is no sensor, a port of 0 was not told. ``pcie_id`` is a bus, decimal. The
worker is told, the account is not.

One unit of an Ethash pool's ``diff`` takes 2^32 hashes: 91 shares in 19 minutes at 391 MH/s, in an answer that a user
of it published.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from calculators.units import SECONDS_PER_MINUTE
from miner_agent.drivers.shared.cards import amount, difficulty, hertz, measured, ratio, total
from miner_agent.drivers.shared.repairs import objects_as_one_list
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none, pool_address, worker_name

SUMMARY = HttpGet("summary", "/summary")
STRATUM_DIFFICULTY = frozenset({"ethash", "etchash"})
MINER, POOL, CARDS = range(3)


@dataclass(frozen=True, slots=True)
class Thread:
    """What works on one algorithm on one card."""

    card: int
    algorithm: str | None
    row: Doc


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name, repair=objects_as_one_list)
    if summary.is_list():
        miner, pool, devices = summary.at(MINER), summary.at(POOL), summary.at(CARDS)
        if not devices.is_object():
            devices.expected("an object of cards")  # they come last: without them the answer was cut
    else:
        summary.shaped("miner", "pool")  # it may have no cards
        miner, pool, devices = summary.at("miner"), summary.at("pool"), summary.at("devices")
    miner.shaped("total_hashrate")
    minutes = miner.number_or_none("uptime_minutes")
    threads = _threads(devices)
    cards = {thread.card: thread.row for thread in reversed(threads)}  # its first row speaks for a card
    return MinerSnapshot(
        software="teamblackminer",
        software_version=clean_or_none(miner.text_or_none("version")),
        uptime_seconds=None if minutes is None else minutes * SECONDS_PER_MINUTE,
        workloads=tuple(_workloads(miner, _pools(pool), threads)),
        devices=tuple(_device(card, cards[card]) for card in dict.fromkeys(thread.card for thread in threads)),
    )


def _pools(pool: Doc) -> list[Doc]:
    """One pool, or several by their number."""
    if not pool.is_object():
        return []
    return [place for key, place in pool.entries() if key.isdigit() and place.is_object()] or [pool]


def _threads(devices: Doc) -> list[Thread]:
    """Cards have the miner's own numbers, unless it gives one number to two of them."""
    rows = [(index, row) for key, row in devices.entries() if (index := _index(key, row)) is not None]
    told = [row.index_or_none("gpu") for _, row in rows]
    by_key = all(row.value_at("gpu") is None for _, row in rows)
    numbers = [key for key, _ in rows] if by_key else [number for number in told if number is not None]
    buses = [row.index_or_none("pcie_id") for _, row in rows]
    if len(numbers) < len(rows) or _ambiguous(numbers, buses):
        return []  # which thread works on which card cannot be known
    cards = list(zip(numbers, buses, strict=True))
    places = list(dict.fromkeys(cards))
    if len(places) > len(set(numbers)):
        numbers = [places.index(card) for card in cards]
    return [
        Thread(number, clean_or_none(row.text_or_none("algo")), row)
        for number, (_, row) in zip(numbers, rows, strict=True)
    ]


def _ambiguous(numbers: list[int], buses: list[int | None]) -> bool:
    """Whether of several threads with one number some tell their bus and some do not."""
    held = Counter(numbers)
    shared = {number for number, bus in zip(numbers, buses, strict=True) if bus is None and held[number] > 1}
    return any(number in shared and bus is not None for number, bus in zip(numbers, buses, strict=True))


def _workloads(miner: Doc, pools: list[Doc], threads: list[Thread]) -> Iterator[Workload]:
    """One for each algorithm. What belongs to none of several is in none of them."""
    told = [clean_or_none(pool.text_or_none("algo")) for pool in pools]
    algorithms = [name for name in dict.fromkeys([*told, *(thread.algorithm for thread in threads)]) if name]
    if len(algorithms) <= 1:
        only = algorithms[0] if algorithms else None
        yield _workload(only, pools, threads, [miner], "total_")
        return
    for algorithm in algorithms:
        its_pools = [pool for pool, name in zip(pools, told, strict=True) if name == algorithm]
        its_threads = [thread for thread in threads if thread.algorithm == algorithm]
        yield _workload(algorithm, its_pools, its_threads, [thread.row for thread in its_threads])


def _workload(
    algorithm: str | None, pools: list[Doc], threads: list[Thread], counted: list[Doc], prefix: str = ""
) -> Workload:
    """``counted`` is what its totals are the sum over, under keys with ``prefix``."""
    pool = pools[0] if len(pools) == 1 else Doc(None, "pool")  # of several for one algorithm, none says that it is used
    return Workload(
        algorithm=algorithm,
        hashes_per_second=total([amount(row, f"{prefix}hashrate") for row in counted]),
        accepted_shares_total=total([row.count_or_none(f"{prefix}accepted") for row in counted]),
        rejected_shares_total=total([row.count_or_none(f"{prefix}rejected") for row in counted]),
        stale_shares_total=total([row.count_or_none(f"{prefix}stale") for row in counted]),
        share_difficulty=difficulty(pool.at("diff")),
        hashes_per_difficulty=2.0**32 if algorithm in STRATUM_DIFFICULTY else None,
        pool=_pool(pool),
        worker=worker_name(pool.private_text_or_none("worker")),
        devices=tuple(
            _work(card, [thread.row for thread in threads if thread.card == card])
            for card in dict.fromkeys(thread.card for thread in threads)
        ),
    )


def _work(card: int, rows: list[Doc]) -> DeviceWork:
    return DeviceWork(
        device_index=card,
        hashes_per_second=total([amount(row, "hashrate") for row in rows]),
        accepted_shares_total=total([row.count_or_none("accepted") for row in rows]),
        rejected_shares_total=total([row.count_or_none("rejected") for row in rows]),
        stale_shares_total=total([row.count_or_none("stale") for row in rows]),
    )


def _index(key: str, card: Doc) -> int | None:
    if key.isascii() and key.isdigit() and len(key) <= 4:
        return int(key)
    card.doubt_kind("a card under its number")
    return None


def _pool(pool: Doc) -> str | None:
    address = pool_address(pool.private_text_or_none("url"))
    port = pool.count_or_none("port")
    if address is None or (port is None and pool.value_at("port") is not None):
        return None
    return f"{address}:{port}" if port else address


def _device(index: int, card: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        name=clean_or_none(card.text_or_none("board_name")),
        pci_address=pci_address_of(card.count_or_none("pcie_id")),
        core_temperature_celsius=measured(card, "gpu_temp"),
        memory_temperature_celsius=measured(card, "mem_temp"),
        fan_ratio=ratio(card.number_or_none("fan")),
        power_watts=measured(card, "watt"),
        core_clock_hertz=hertz(card.number_or_none("core_clock")),
        memory_clock_hertz=hertz(card.number_or_none("mem_clock")),
    )


DRIVER = Driver(
    name="teamblackminer",
    products=("Team Black Miner",),
    requests=(SUMMARY,),
    parse=parse,
    default_port=4068,
    enable_api="--api --api-ip 127.0.0.1 --api-port 4068",
    documentation="https://github.com/sp-hash/TeamBlackMiner",
    only_read_about="all of it",
    processes=("tbminer",),
    port_options=("--api-port",),
)
