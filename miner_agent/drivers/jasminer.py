"""Jasminer X4 and X16 for Ethash and Etchash: ``cgi-bin`` of its web server, behind HTTP Digest.

Hashrates are text with their unit (``"1971.15 MH/s"``); a number without one is not read. Temperatures and fans are
text or numbers. ``fan_num`` says how many fans there are. Which of Ethash and Etchash it computes is not told. What
``asic_stat`` means is nowhere written, and no answer tells which of the pools is in use.
"""

import re

from calculators.units import HASHRATE_PREFIX
from miner_agent.drivers.shared.cards import amount, hottest
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.readings import ListedPool, MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, HttpDigest, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none, pool_address

STATUS = HttpGet("status", "/cgi-bin/minerStatus_all.cgi", login=HttpDigest("root"))
MOST_FANS = 16
_RATE = re.compile(r"(\d{1,12}(?:\.\d{0,12})?) *([kKMGTP]?)[hH]/s", re.ASCII)
_CHIP = re.compile(r"asic\d{1,3}_temp", re.ASCII)


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(STATUS.name)
    summary, boards = answer.at("summary"), answer.at("boards")
    if not summary.is_object() or summary.value_at("rt") is None:
        summary.at("rt").expected("a hashrate")
    return MinerSnapshot(
        software="jasminer",
        software_version=clean_or_none(summary.text_or_none("version")),
        uptime_seconds=summary.number_or_none("uptime"),
        product=clean_or_none(summary.text_or_none("miner")),
        fan_speeds_rpm=_fans(boards),
        workloads=(
            Workload(
                hashes_per_second=_hashrate(summary.at("rt")),
                pools=tuple(
                    ListedPool(number=number, pool=pool_address(pool.private_text_or_none("url")))
                    for number, pool in enumerate(answer.items("pools", "pool"))
                ),
            ),
        ),
        devices=tuple(_device(index, board) for index, board in enumerate(boards.items("board"))),
    )


def _hashrate(place: Doc) -> float | None:
    found = _RATE.fullmatch(place.value.strip()) if isinstance(place.value, str) else None
    if found is None:
        place.doubt('a hashrate with its unit, such as "1971.15 MH/s"')
        return None
    return float(found[1]) * HASHRATE_PREFIX[found[2]]


def _fans(boards: Doc) -> tuple[float | None, ...]:
    fans = min(boards.count_or_none("fan_num") or 0, MOST_FANS)
    return tuple(amount(boards, f"fan{number}") for number in range(1, fans + 1))


def _device(index: int, board: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        hotspot_temperature_celsius=hottest(board.at(key) for key in sorted(board.names()) if _CHIP.fullmatch(key)),
    )


DRIVER = Driver(
    name="jasminer",
    products=("Jasminer X4, X16",),
    requests=(STATUS,),
    parse=parse,
    default_port=80,
    enable_api="on by default; the password of root, root where nobody changed it, goes into token_file",
    documentation="https://www.jasminer.com",
    only_read_about="all of it",
)
