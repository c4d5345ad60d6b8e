"""The remote API that Claymore's miners began: TCP, ``miner_getstat1``, a list of texts.

PhoenixMiner and FinMiner answer in the same way, TT-Miner on a port of its own, and ethminer can tell more. The unit
of a hashrate is nowhere stated: it is kH/s for Ethash and its relatives, H/s for CryptoNight, Equihash and all that
TT-Miner sends. The coin behind the dash in the version decides; a coin that is in neither list has no hashrate here.
ethminer names no coin and mines Ethash. The time is in minutes. The second coin of dual mining is nowhere named.

``miner_getstat2`` is the same answer with more behind it: the shares of each card, its PCI bus in decimal, and the
power of all cards together, which is that of a card where there is one only.

A list is joined by ``;``, some with blanks behind it. ``off`` is a card that does not mine. Mixed rigs were seen to
leave out the separator between a fan and the next temperature (``72;4779;44``). Account and difficulty are not told.
"""

import re

from calculators.units import SECONDS_PER_MINUTE
from miner_agent.drivers.shared.cards import ratio
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import TOKEN, Driver, TcpCommand
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none, pool_address


def _request(name: str) -> TcpCommand:
    """The answer is one object without another in it, on one line or on many; some keep the connection open."""
    asked = f'{{"id":0,"jsonrpc":"2.0","method":"miner_{name}"'.encode()
    return TcpCommand(name, asked + b"}\n", until=b"}", with_token=(asked + b',"psw":' + TOKEN + b"}\n",))


STAT, STAT2 = _request("getstat1"), _request("getstat2")

VERSION, MINUTES, TOTAL, BY_CARD, SECOND_TOTAL, SECOND_BY_CARD, SENSORS, POOLS, INVALID = range(9)
SHARES_BY_CARD, SECOND_SHARES_BY_CARD = (9, 10, 11), (12, 13, 14)  # accepted, rejected and invalid ones
BUSES, POWER = 15, 17
INVALID_OF_FIRST, INVALID_OF_SECOND = 0, 2  # the other two count changes of pool
KILOHASHES = frozenset(
    {"ETH", "ETC", "ETHW", "ETHF", "EXP", "UBQ", "MUSIC", "PIRL", "CLO", "ELLA", "RVN", "BCI", "NEOX"}
)
HASHES = frozenset(
    {"XMR", "XMO", "XMC", "ETN", "SUMO", "BCN", "DSH", "ZEC", "ZCL", "ZEN", "BTG", "BTCZ", "HUSH", "KMD"}
)
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_TWO_NUMBERS = re.compile(
    r"([1-9]\d)([2-9]\d)", re.ASCII
)  # a fan and a temperature: no other way to cut it is possible
_PRODUCTS = (
    ("PM", "phoenixminer"),
    ("PHOENIX", "phoenixminer"),
    ("TT-MINER", "tt-miner"),
    ("FINMINER", "finminer"),
    ("ETHMINER", "ethminer"),
    ("NANOMINER", "nanominer"),
)


def parse(payloads: Payloads) -> MinerSnapshot:
    return parse_as(payloads, None)


def parse_as(payloads: Payloads, product: str | None, *, unread: str = "claymore") -> MinerSnapshot:
    """``product``: what answers; ``None``: its version tells, and ``unread`` does where that cannot be read."""
    result = payloads.json(STAT.name).at("result")
    if not result.is_list():
        result.expected("a list of texts; does its API want a password, or another one?")
    more = _more(payloads)
    version = result.text_or_none(VERSION)
    if version is None:
        result.text(TOTAL)  # else it may be any list
    software = product or (unread if version is None else _software(version))
    coin = None if version is None else _coin(version)
    factor = _hashes_per_unit(software, coin)
    pools = [pool.strip() for pool in (result.private_text_or_none(POOLS) or "").split(";")]
    first = (TOTAL, BY_CARD, INVALID_OF_FIRST, SHARES_BY_CARD)
    workloads = [_workload(result, more, first, coin, factor, pools[0])]
    if _is_dual(result, pools):
        second = (SECOND_TOTAL, SECOND_BY_CARD, INVALID_OF_SECOND, SECOND_SHARES_BY_CARD)
        workloads.append(_workload(result, more, second, None, factor, pools[1] if len(pools) > 1 else ""))
    minutes = _number(result.at(MINUTES), (result.text_or_none(MINUTES) or "").strip())
    return MinerSnapshot(
        software=software,
        software_version=clean_or_none(version),
        uptime_seconds=None if minutes is None else minutes * SECONDS_PER_MINUTE,
        workloads=tuple(workloads),
        devices=_devices(result, more),
    )


def _more(payloads: Payloads) -> Doc:
    """What ``miner_getstat2`` adds; nothing where it was not given, or is an error."""
    answer = payloads.json_or_none(STAT2.name)
    if answer is None or not answer.is_object() or not answer.at("result").is_list():
        return Doc(None, STAT2.name)
    return answer.at("result")


def _software(version: str) -> str:
    for start, name in _PRODUCTS:
        if version.upper().startswith(start):
            return name
    return "claymore" if _coin(version) is not None else "ethminer"


def _coin(version: str) -> str | None:
    """``11.8 - ETH`` is Claymore 11.8 on ETH."""
    return clean_or_none(version.rpartition(" - ")[2]) if " - " in version else None


def _hashes_per_unit(software: str, coin: str | None) -> float | None:
    if software == "tt-miner":
        return 1.0
    if software in {"phoenixminer", "ethminer"} or (coin is not None and coin.upper() in KILOHASHES):
        return 1e3
    return 1.0 if coin is not None and coin.upper() in HASHES else None


def _is_dual(result: Doc, pools: list[str]) -> bool:
    cards = [card.lower() for card in _list(result, SECOND_BY_CARD)]
    if all(card in {"", "off"} for card in cards):
        return False
    return len(pools) > 1 or any(_number(result.at(SECOND_TOTAL), part) for part in _list(result, SECOND_TOTAL))


def _workload(
    result: Doc,
    more: Doc,
    places: tuple[int, int, int, tuple[int, int, int]],
    coin: str | None,
    factor: float | None,
    pool: str,
) -> Workload:
    total, by_card, invalid, shares = places
    rate, accepted, rejected = ([*_list(result, total), "", "", ""])[:3]
    cards = _list(result, by_card)
    counts = [_counts_by_card(more, place, len(cards)) for place in shares]
    return Workload(
        algorithm=coin,
        hashes_per_second=_scaled(_number(result.at(total), rate), factor),
        accepted_shares_total=_count(result.at(total), accepted),
        rejected_shares_total=_count(result.at(total), rejected),
        invalid_shares_total=_count(result.at(INVALID), ([*_list(result, INVALID), "", "", "", ""])[invalid]),
        pool=pool_address(pool),
        devices=tuple(
            DeviceWork(
                device_index=index,
                hashes_per_second=_scaled(_number(result.at(by_card), card), factor),
                accepted_shares_total=counts[0][index],
                rejected_shares_total=counts[1][index],
                invalid_shares_total=counts[2][index],
            )
            for index, card in enumerate(cards)
        ),
    )


def _counts_by_card(more: Doc, place: int, cards: int) -> list[int | None]:
    """A count for each card; none of them where there are more or fewer."""
    counts = [_count(more.at(place), part) for part in _list(more, place)]
    return counts if len(counts) == cards else [None] * cards


def _devices(result: Doc, more: Doc) -> tuple[DeviceReading, ...]:
    count = len(_list(result, BY_CARD))
    buses = _counts_by_card(more, BUSES, count)
    power = _number(more.at(POWER), (more.text_or_none(POWER) or "").strip()) if count == 1 else None
    sensors = _list(result, SENSORS)
    if len(sensors) < 2 * count:
        sensors = [part for sensor in sensors for part in _separated(sensor)]
    pairs = list(zip(sensors[::2], sensors[1::2], strict=True)) if len(sensors) == 2 * count else [("", "")] * count
    place = result.at(SENSORS)
    devices = []
    for index, (temperature_text, fan_text) in enumerate(pairs):
        temperature, fan = _number(place, temperature_text), _number(place, fan_text)
        if not temperature and not fan:
            temperature = fan = None  # two zeros: no sensor
        devices.append(
            DeviceReading(
                index=index,
                pci_address=pci_address_of(buses[index] or None),
                core_temperature_celsius=temperature or None,
                fan_ratio=ratio(fan),
                power_watts=power or None,
            )
        )
    return tuple(devices)


def _separated(sensor: str) -> tuple[str, ...]:
    found = _TWO_NUMBERS.fullmatch(sensor)
    return (found[1], found[2]) if found else (sensor,)


def _list(result: Doc, place: int) -> list[str]:
    """The parts of one text; none where it is missing or empty."""
    text = (result.text_or_none(place) or "").strip().removesuffix(";")
    return [part.strip() for part in text.split(";")] if text else []


def _number(place: Doc, text: str) -> float | None:
    if not text or text.lower() == "off":
        return None
    if not _NUMBER.fullmatch(text):
        place.doubt('numbers or "off", joined by ";"')
        return None
    return float(text)


def _count(place: Doc, text: str) -> int | None:
    number = _number(place, text)
    if number is None:
        return None
    if number < 0 or not number.is_integer():
        place.doubt("counts (0, 1, 2 ...)")
        return None
    return int(number)


def _scaled(number: float | None, factor: float | None) -> float | None:
    return None if number is None or factor is None else number * factor


DRIVER = Driver(
    name="claymore",
    products=("Claymore", "PhoenixMiner", "FinMiner"),
    requests=(STAT, STAT2),
    parse=parse,
    default_port=3333,
    enable_api="-mport 127.0.0.1:-3333 (Claymore), -cdmport 3333 -cdm 1 (PhoenixMiner); the minus, and 1, make it "
    "read-only. The password of -mpsw or -cdmpass goes into token_file",
    documentation="https://github.com/PhoenixMinerDevTeam/PhoenixMiner/wiki/Remote-monitoring-and-control-API-for-PhoenixMiner",
    seen=("Claymore 9.3, 10.0, 11.8, 12.6", "PhoenixMiner 5.1c"),
    only_read_about="FinMiner, and what getstat2 adds",
    processes=("ethdcrminer64", "phoenixminer", "finminer"),
    port_options=("-mport", "-cdmport"),
)
