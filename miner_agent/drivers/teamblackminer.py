"""Team Black Miner, HTTP API. Read from its field list only.

Old versions (1.5x) send three objects one after the other: the miner, its pool, its cards. Newer ones send one object
that holds them. The time is in minutes. A memory temperature of 0 is no sensor. ``pcie_id`` is a bus, decimal.
"""

import re

from calculators.units import MEGAHERTZ, PERCENT_PER_UNIT
from miner_agent.driver import Driver, HttpGet
from miner_agent.model import DeviceReading, DeviceWork, MinerSnapshot, Workload
from miner_agent.payload import Doc, Payloads
from miner_agent.pci import pci_address_of
from miner_agent.text import clean_or_none, pool_address

SUMMARY = HttpGet("summary", "/summary")
SECONDS_PER_MINUTE = 60
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
    minutes = miner.number_or_none("uptime_minutes")
    return MinerSnapshot(
        software="teamblackminer",
        software_version=clean_or_none(miner.text_or_none("version")),
        uptime_seconds=None if minutes is None else minutes * SECONDS_PER_MINUTE,
        workloads=(
            Workload(
                algorithm=clean_or_none(pool.text_or_none("algo")) if pool.is_object() else None,
                hashes_per_second=miner.number("total_hashrate"),
                accepted_shares_total=miner.count_or_none("total_accepted"),
                rejected_shares_total=miner.count_or_none("total_rejected"),
                stale_shares_total=miner.count_or_none("total_stale"),
                pool=_pool(pool) if pool.is_object() else None,
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
    return address if address is None or port is None else f"{address}:{port}"


def _device(index: int, card: Doc) -> DeviceReading:
    fan_percent = card.number_or_none("fan")
    core_clock, memory_clock = card.number_or_none("core_clock"), card.number_or_none("mem_clock")
    return DeviceReading(
        index=index,
        name=clean_or_none(card.text_or_none("board_name")),
        pci_address=pci_address_of(card.count_or_none("pcie_id")),
        core_temperature_celsius=card.number_or_none("gpu_temp") or None,
        memory_temperature_celsius=card.number_or_none("mem_temp") or None,
        fan_ratio=None if fan_percent is None else fan_percent / PERCENT_PER_UNIT,
        power_watts=card.number_or_none("watt") or None,
        core_clock_hertz=None if core_clock is None else core_clock * MEGAHERTZ,
        memory_clock_hertz=None if memory_clock is None else memory_clock * MEGAHERTZ,
    )


DRIVER = Driver(
    name="teamblackminer",
    products=("Team Black Miner",),
    requests=(SUMMARY,),
    parse=parse,
    default_port=None,
    enable_api="--api --api-port 4001",
    documentation="https://github.com/sp-hash/TeamBlackMiner",
)
