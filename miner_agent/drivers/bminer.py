"""Bminer, HTTP API version 1, and the one document of version 1.0 before it. Old: its last version is of 2020.

Cards are keys ("0", "1" ...). In the old document ``solution_rate`` is in Sol/s; ``nonce_rate`` is no hashrate. Shares
are counted by algorithm in an answer of their own. The name of a pool there holds the wallet and a password.
"""

from calculators.units import PERCENT_PER_UNIT
from miner_agent.drivers.shared.cards import hertz, measured, moment, ratio, total
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import account_and_worker, clean_or_none, pool_address

SOLVER = HttpGet("solver", "/api/v1/status/solver", aliases=("/api/status",))
STRATUM = HttpGet("stratum", "/api/v1/status/stratum")
DEVICE = HttpGet("device", "/api/v1/status/device")


def parse(payloads: Payloads) -> MinerSnapshot:
    solver = payloads.json(SOLVER.name)
    stratum = payloads.json_or_none(STRATUM.name)
    if solver.at("miners").is_object():
        return _old(solver)
    if not solver.at("devices").is_object():
        solver.at("devices").expected("an object of cards")
    rates: dict[str | None, list[DeviceWork]] = {}
    cards = _cards(solver.at("devices"))
    is_whole = _is_whole(cards, solver.at("devices"))
    for index, card in cards:
        for place in card.items("solvers"):
            algorithm = clean_or_none(place.text_or_none("algorithm"))
            rate = place.number_or_none("speed_info", "hash_rate")
            if rate is None:
                rate = place.number_or_none("speed_info", "solution_rate")
            rates.setdefault(algorithm, []).append(DeviceWork(device_index=index, hashes_per_second=rate))
    device = payloads.json_or_none(DEVICE.name)
    known = dict(_cards(device.at("devices"))) if device is not None else {}
    return MinerSnapshot(
        software="bminer",
        software_version=clean_or_none(solver.text_or_none("version")),
        started_at=moment(solver.at("start_time")),
        workloads=tuple(_workload(algorithm, works, stratum, is_whole=is_whole) for algorithm, works in rates.items()),
        devices=tuple(
            _device(index, known[index]) if index in known else DeviceReading(index=index) for index, _ in cards
        ),
    )


def _old(status: Doc) -> MinerSnapshot:
    cards = _cards(status.at("miners"))
    works = [
        DeviceWork(device_index=index, hashes_per_second=card.number_or_none("solver", "solution_rate"))
        for index, card in cards
    ]
    return MinerSnapshot(
        software="bminer",
        software_version=clean_or_none(status.text_or_none("version")),
        started_at=moment(status.at("start_time")),
        workloads=(
            Workload(
                algorithm=clean_or_none(status.text_or_none("algorithm")),
                hashes_per_second=total(
                    [work.hashes_per_second for work in works if _is_whole(cards, status.at("miners"))]
                ),
                accepted_shares_total=status.count_or_none("stratum", "accepted_shares"),
                rejected_shares_total=status.count_or_none("stratum", "rejected_shares"),
                devices=tuple(works),
            ),
        ),
        devices=tuple(_device(index, card.at("device")) for index, card in cards),
    )


def _cards(place: Doc) -> list[tuple[int, Doc]]:
    found: dict[int, Doc] = {}
    for key, card in place.entries():
        if key.isascii() and key.isdigit() and len(key) <= 4 and int(key) not in found:
            found[int(key)] = card
        else:
            card.doubt_kind("a card under its number")
    return list(found.items())


def _is_whole(cards: list[tuple[int, Doc]], place: Doc) -> bool:
    """Whether these are all that stand there: a sum over some of them would be no sum."""
    return len(cards) == len(place.names())


def _workload(algorithm: str | None, works: list[DeviceWork], stratum: Doc | None, *, is_whole: bool) -> Workload:
    said = Doc(None, STRATUM.name)
    if stratum is not None:
        said = next((held for name, held in stratum.entries("stratums") if clean_or_none(name) == algorithm), said)
    active = next((uri for uri in said.items("failover_uris") if uri.truth_or_none("active")), None)
    uri = active.private_text_or_none("name") if active is not None else None
    account, worker = account_and_worker(_user(uri))
    return Workload(
        algorithm=algorithm,
        hashes_per_second=total([work.hashes_per_second for work in works if is_whole]),
        accepted_shares_total=said.count_or_none("accepted_shares"),
        rejected_shares_total=said.count_or_none("rejected_shares"),
        pool=pool_address(uri),
        account_hash=account,
        worker=worker,
        devices=tuple(works),
    )


def _user(uri: str | None) -> str | None:
    """Who mines, from ``stratum://USER:PASSWORD@HOST``."""
    user, separator, _ = (uri or "").rpartition("://")[2].rpartition("@")
    return user.partition(":")[0] if separator else None


def _device(index: int, card: Doc) -> DeviceReading:
    utilization = card.number_or_none("utilization", "gpu")
    return DeviceReading(
        index=index,
        core_temperature_celsius=measured(card, "temperature"),
        fan_ratio=ratio(card.number_or_none("fan_speed")),
        power_watts=measured(card, "power"),
        core_clock_hertz=hertz(card.number_or_none("clocks", "core")),
        memory_clock_hertz=hertz(card.number_or_none("clocks", "memory")),
        utilization_ratio=None if utilization is None else utilization / PERCENT_PER_UNIT,
    )


DRIVER = Driver(
    name="bminer",
    products=("Bminer",),
    requests=(SOLVER, STRATUM, DEVICE),
    parse=parse,
    default_port=1880,
    enable_api="-api 127.0.0.1:1880",
    documentation="https://www.bminer.me/references/",
    seen=("5.1.0", "of 2018, with two algorithms"),
    only_read_about="api/v1/status/device",
    old=True,
    processes=("bminer",),
    port_options=("-api",),
)
