"""What the running agent tells of its rig at ``/api/v1/snapshot``, as far as a live view shows it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from miner_agent.look.running_agent import ToldSymptom, told_moment, told_moment_or_none, told_symptoms, told_word
from miner_agent.model.health import Word
from miner_agent.sources.driver import HttpGet
from miner_agent.sources.payload import Doc
from miner_agent.text import clean_text

SNAPSHOT = HttpGet("snapshot", "/api/v1/snapshot")
SENSORS = ("core", "memory", "hotspot", "vrm", "inlet", "outlet")
SENSOR_OF_BOARD = {"core": "board", "hotspot": "chip"}  # what thresholds call the sensors of a hashboard
AMOUNT = re.compile(
    r"-?\d{1,30}(?:\.\d{1,200})?", re.ASCII
)  # as an agent writes it: with an exponent few letters are an endless sum


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWork:
    """What is done for one algorithm."""

    algorithm: str
    hashes_per_second: float | None
    expected_hashes_per_second: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDevice:
    """One device. ``None``: not told."""

    device: str
    pci_address: str | None
    model: str | None
    state: str | None
    answered: bool
    temperature_celsius: float | None  # of its hottest sensor
    headroom_celsius: float | None  # of the one that is next to its limit
    fan_ratio: float | None
    power_watts: float | None
    work: tuple[ToldWork, ...]
    throttled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldMiner:
    """One miner."""

    miner: str
    up: bool
    reason: str | None
    work: tuple[ToldWork, ...]
    accepted_shares_total: int | None
    rejected_shares_total: int | None
    last_accepted_at: datetime | None
    pool: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRig:
    """All of it."""

    rig: str
    taken_at: datetime
    stale_because: str | None  # why nothing newer is known
    verdict: Word
    is_resting: bool  # it stands still as planned
    symptoms: tuple[ToldSymptom, ...]
    symptoms_total: int
    power_watts: float | None
    power_source: str | None
    net_per_day: str | None  # amount and currency
    net_unknown_because: str | None
    devices: tuple[ToldDevice, ...]
    miners: tuple[ToldMiner, ...]


def told_rig(doc: Doc) -> ToldRig:
    """What stands there.

    Raises:
        BadPayload: it is no snapshot of an agent.
    """
    verdict, power = doc.at("verdict"), doc.at("power", "power_watts")
    stale = doc.truth_or_none("stale") is True
    return ToldRig(
        rig=doc.text("rig"),
        taken_at=told_moment(doc, "taken_at"),
        stale_because=doc.text_or_none("reason") or "it does not say why" if stale else None,
        verdict=told_word(verdict),
        is_resting=verdict.truth_or_none("standing_still_as_planned") is True,
        symptoms=told_symptoms(verdict),
        symptoms_total=verdict.count_or_none("symptoms_total") or 0,
        power_watts=power.number_or_none("value"),
        power_source=power.text_or_none("source"),
        net_per_day=_net(doc),
        net_unknown_because=_why_no_net(doc),
        devices=tuple(map(_device, doc.items("devices"))),
        miners=tuple(map(_miner, doc.items("miners"))),
    )


def _net(doc: Doc) -> str | None:
    profit = doc.at("profit")
    if not profit.at("value").is_object():
        return None
    amount = profit.at("value", "net_per_day", "value")
    if not amount.is_object():
        return None
    return f"{_rounded(amount)} {clean_text(amount.text('currency'))}"


def _why_no_net(doc: Doc) -> str | None:
    profit = doc.at("profit")
    return profit.text_or_none("reason") or profit.at("value", "net_per_day").text_or_none("reason")


def _rounded(place: Doc) -> str:
    """With two digits behind the point, as a sum a day is told."""
    amount = place.text("amount")
    if not AMOUNT.fullmatch(amount):
        place.at("amount").expected("an amount")
    return f"{Decimal(amount):.2f}"


def _device(doc: Doc) -> ToldDevice:
    warnings = {one.text("sensor"): one.number_or_none("warning_celsius") for one in doc.items("thresholds")}
    temperatures = {sensor: _value(doc, f"{sensor}_temperature_celsius") for sensor in SENSORS}
    told = {sensor: celsius for sensor, celsius in temperatures.items() if celsius is not None}
    limits = {sensor: warnings.get(sensor, warnings.get(SENSOR_OF_BOARD.get(sensor, ""))) for sensor in told}
    room = [limit - told[sensor] for sensor, limit in limits.items() if limit is not None]
    return ToldDevice(
        device=doc.text("device"),
        pci_address=doc.text_or_none("pci_address"),
        model=doc.text_or_none("name"),
        state=doc.text_or_none("state"),
        answered=doc.truth_or_none("answered") is True,
        temperature_celsius=max(told.values(), default=None),
        headroom_celsius=min(room, default=None),
        fan_ratio=_value(doc, "fan_ratio"),
        power_watts=_value(doc, "power_watts"),
        work=tuple(_work(doc)),
        throttled=any(True for _ in doc.items("throttle_reasons")),
    )


def _work(doc: Doc, key: str = "work") -> Iterator[ToldWork]:
    for one in doc.items(key):
        yield ToldWork(
            algorithm=one.text("algorithm"),
            hashes_per_second=_value(one, "hashes_per_second"),
            expected_hashes_per_second=_value(one, "expected_hashes_per_second"),
        )


def _miner(doc: Doc) -> ToldMiner:
    loads = list(doc.items("workloads"))
    accepted = [_count(one, "accepted_shares_total") for one in loads]
    rejected = [_count(one, "rejected_shares_total") for one in loads]
    moments = [told_moment_or_none(one, "last_accepted_at") for one in loads]
    hosts = [one.text_or_none("pool", "host") for one in loads if one.at("pool").is_object()]
    return ToldMiner(
        miner=doc.text("miner"),
        up=doc.truth_or_none("up") is True,
        reason=doc.text_or_none("reason"),
        work=tuple(_work(doc, "workloads")),
        accepted_shares_total=_sum(accepted),
        rejected_shares_total=_sum(rejected),
        last_accepted_at=max((each for each in moments if each is not None), default=None),
        pool=next((host for host in hosts if host), None),
    )


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _value(doc: Doc, key: str) -> float | None:
    return doc.number_or_none(key, "value")


def _count(doc: Doc, key: str) -> int | None:
    return doc.count_or_none(key, "value")
