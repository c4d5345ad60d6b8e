"""Team Black Miner, HTTP API. Read from its field list only.

Old versions (1.5x) send three objects one after the other: the miner, its pool, its cards. Newer ones send one object
that holds them. The time is in minutes. A memory temperature of 0 is no sensor, a port of 0 was not told. ``pcie_id``
is a bus, decimal. The worker is told, the account is not.

One unit of an Ethash pool's ``diff`` takes 2^32 hashes: 91 shares in 19 minutes at 391 MH/s, in an answer that a user
of it published.
"""

import re

from miner_agent.drivers.shared.cards import difficulty, hertz, measured, ratio
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none, pool_address, worker_name

SUMMARY = HttpGet("summary", "/summary")
SECONDS_PER_MINUTE = 60
STRATUM_DIFFICULTY = frozenset({"ethash", "etchash"})
MINER, POOL, CARDS = range(3)
_STRING = re.compile(rb'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))', re.DOTALL)  # an unclosed one ends with the text: linear
_OBJECT_AFTER_OBJECT = re.compile(rb"\}(\s*+)\{")


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name, repair=_as_one_document)
    if summary.is_list():
        miner, pool, cards = summary.at(MINER), summary.at(POOL), summary.at(CARDS)
    else:
        miner, pool, cards = summary.at("miner"), summary.at("pool"), summary.at("devices")
    if not cards.is_object():
        cards.expected("an object of cards")
    found = [(_index(key, card), card) for key, card in cards.entries()]
    if not pool.is_object():
        pool = Doc(None, pool.path)
    algorithm = clean_or_none(pool.text_or_none("algo"))
    minutes = miner.number_or_none("uptime_minutes")
    return MinerSnapshot(
        software="teamblackminer",
        software_version=clean_or_none(miner.text_or_none("version")),
        uptime_seconds=None if minutes is None else minutes * SECONDS_PER_MINUTE,
        workloads=(
            Workload(
                algorithm=algorithm,
                hashes_per_second=miner.number("total_hashrate"),
                accepted_shares_total=miner.count_or_none("total_accepted"),
                rejected_shares_total=miner.count_or_none("total_rejected"),
                stale_shares_total=miner.count_or_none("total_stale"),
                share_difficulty=difficulty(pool.at("diff")),
                hashes_per_difficulty=2.0**32 if algorithm in STRATUM_DIFFICULTY else None,
                pool=_pool(pool),
                worker=worker_name(pool.private_text_or_none("worker")),
                devices=tuple(
                    DeviceWork(
                        device_index=index,
                        hashes_per_second=card.number_or_none("hashrate"),
                        accepted_shares_total=card.count_or_none("accepted"),
                        rejected_shares_total=card.count_or_none("rejected"),
                        stale_shares_total=card.count_or_none("stale"),
                    )
                    for index, card in found
                ),
            ),
        ),
        devices=tuple(_device(index, card) for index, card in found),
    )


def _as_one_document(raw: bytes) -> bytes:
    """Objects that follow each other, as one list. It closes none: an answer that was cut stays cut."""
    parts = _STRING.split(raw)
    objects = 1
    for position in range(0, len(parts), 2):
        parts[position], more = _OBJECT_AFTER_OBJECT.subn(rb"},\1{", parts[position])
        objects += more
    return b"[" + b"".join(parts) + b"]" if objects > 1 else raw


def _index(key: str, card: Doc) -> int:
    if not (key.isascii() and key.isdigit() and len(key) <= 4):
        card.expected("a card under its number")
    return int(key)


def _pool(pool: Doc) -> str | None:
    address = pool_address(pool.text_or_none("url"))
    port = pool.count_or_none("port")
    return f"{address}:{port}" if address is not None and port else address


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
