"""What the model and the metrics promise each other: units, names, labels, and that no number gets lost between them."""

import dataclasses
import enum
import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from calculators.money import Money
from exporters import sections
from exporters.metric_table import Section
from exporters.prometheus import Renderer
from exporters.sections import SECTIONS
from miner_agent import model
from miner_agent.model.readings import HostReading, MeterReading, MinerSnapshot, Outcome, SensorReading
from miner_agent.model.snapshot import RigSnapshot
from tests.for_each import for_each

UNITS = (
    "_celsius",
    "_ratio",
    "_watts",
    "_joules_total",
    "_hertz",
    "_rpm",
    "_bytes",
    "_seconds",
    "_per_second",
    "_total",
    "_volts",
    "_amperes",
    "_joules",
    "_since_last_tick",
    "_per_day",
    "_coins",
)
WITHOUT_UNIT = {
    "index", "device_index", "load1", "load5", "load15", "cpu_count", "share_difficulty", "pcie_link_width", "pcie_link_width_max",
    "pcie_link_generation", "performance_state", "left_out", "devices_expected", "queue_length",
    "xid", "remapped_rows_corrected", "remapped_rows_uncorrected", "chips", "chips_expected", "hashes_per_difficulty",
    "workers_connected", "rigs_configured", "rigs_answered", "rigs_dead", "refused", "labels", "difficulty", "fan_ratios",
    "fan_speeds_rpm", "counted", "floor", "ceiling", "fans_stopped", "restarts_last_hour", "refused_in_a_row", "number", "best_difficulty", "session_best_difficulty", "boards_expected", "fans_expected", "names",
    "expected_since_accepted",
    "entries", "unpriced", "open_items", "payouts", "coins", "value", "paid_value_since_start",
    "counts", "firing", "silences", "waiting", "dropped",
}  # fmt: skip
"""Counts, numbers of things, loads, widths, generations: what has no unit. Several of what has one, and what counts anything."""

METRICS_WITHOUT_UNIT = (
    "_info", "_up", "_active", "_state", "_throttled", "_detected", "_expected", "_load1", "_load5", "_load15", "_cpus",
    "_width", "_width_max", "_generation", "_readonly", "_paused", "_error", "_success", "_stuck", "_successful", "_kept", "_difficulty", "_queued_ticks",
    "_remapped_rows", "_pending", "_failed", "_chips", "_connected", "_match", "_configured", "_answered", "_dead", "_price", "_coins", "_per_kilowatt_hour", "_per_day",
    "_selected", "_verdict", "_symptoms", "_lacks", "_faults", "_other", "_entries", "_unpriced", "_items", "_known", "_booked", "_value",
    "_differs", "_since_accepted",
    "_boards", "_planned_off", "_maintenance", "_synchronized", "_owner", "rig_alerts", "_firing", "_silences", "_queued",
)  # fmt: skip


def kinds() -> list[type]:
    """Every dataclass of the model."""
    modules = [
        importlib.import_module(f"{model.__name__}.{found.name}") for found in pkgutil.iter_modules(model.__path__)
    ]
    return [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__
    ]


def leaves(hint: Any) -> set[Any]:
    """What a field holds in the end, whatever it stands in."""
    inner = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Literal or not inner:
        return {hint}
    return set().union(*(leaves(one) for one in inner))


def numbers(*wanted: type) -> list[tuple[str, str]]:
    return [
        (kind.__name__, field.name)
        for kind in kinds()
        for field in dataclasses.fields(kind)
        if leaves(typing.get_type_hints(kind)[field.name]) & set(wanted)
    ]


def test_the_model_has_numbers_to_look_at() -> None:
    assert len(numbers(int, float)) > 100


def test_a_number_of_the_model_ends_in_its_unit() -> None:
    fields = numbers(int, float)

    assert [one for one in fields if not one[1].endswith(UNITS) and one[1] not in WITHOUT_UNIT] == []


NUMBERS = (int, float, bool, Money, datetime)
BY_THE_API = "page and API tell it"
NOT_SHOWN: dict[str, set[tuple[str, str]]] = {
    "the agent counts on with it, and shows what it has counted": {
        ("DeviceReading", "energy_joules_total"),
        ("MeterReading", "energy_joules_total"),
        ("DeviceEnergy", "added_joules"),
        ("DeviceEnergy", "joules_since_last_tick"),
        ("MinerSnapshot", "uptime_seconds"),
        ("MinerSnapshot", "started_at"),
        ("Workload", "accepted_difficulty_total"),
        ("Workload", "hashes_per_difficulty"),
        ("Inventory", "left_out"),
        ("KeptCounter", "counted"),
        ("KeptCounter", "floor"),
        ("KeptCounter", "ceiling"),
        ("Present", "uptime_ratio"),
    },
    "the verdict goes by it": {
        ("DatabaseStatus", "waiting_seconds"),
        ("Past", "fans_stopped"),
        ("Past", "restarts_last_hour"),
        ("Past", "refused_in_a_row"),
        ("Past", "waited_seconds"),
    },
    "it is shown as a fact of the pool": {("Workload", "dev_fee")},
    "it says which device is meant": {
        ("DeviceWork", "device_index"),
        ("FirmwareFault", "device_index"),
        ("ReadError", "device_index"),
        ("Inventory", "labels"),
    },
    "it says when and where something was asked, and what its time is worth": {
        ("Outcome", "asked_at"),
        ("Outcome", "local"),
        ("TickClock", "clock_ok"),
        ("TickClock", "monotonic_seconds"),
        ("ClockMark", "at"),
        ("ClockMark", "even_seconds"),
        ("ClockMark", "steady_seconds"),
    },
    "what should be is found by it": {
        ("Sensed", "slowdown_celsius"),
        ("ExpectedRig", "devices_expected"),
        ("ExpectedRig", "boards_expected"),
        ("ExpectedRig", "fans_expected"),
        ("PowerLimitRule", "power_limit_watts"),
        ("RememberedDevice", "missing_since"),
    },
    "it is what an expected hashrate is chosen of": {
        ("Asked", "learnt_hashes_per_second"),
        ("Asked", "nominal_hashes_per_second"),
        ("HashrateRule", "hashes_per_second"),
    },
    BY_THE_API: {("Candidate", "profit_p5_per_day"), ("Candidate", "profit_p95_per_day")},
    "doctor tells it": {
        ("ChannelDeliveries", "dropped"),
        ("ChannelDeliveries", "last_at"),
        ("ChannelDeliveries", "waiting"),
        ("ChannelDeliveries", "waiting_since"),
    },
    "it is for the log": {
        ("Candidate", "revenue_per_day"),
        ("DecisionNote", "decided_at"),
        ("DecisionNote", "refused"),
        ("MarketNote", "block_reward_coins"),
        ("MarketNote", "coins_per_hash_per_second_per_day"),
        ("MarketNote", "difficulty"),
        ("MarketNote", "price"),
        ("MarketNote", "price_per_kilowatt_hour"),
    },
}
"""Numbers of the model that reach no metric, by reason."""


class Filling:
    """Makes values of the model in which everything is told, and no two numbers are alike."""

    def __init__(self, name: str | None = None) -> None:
        """``name``: all go by it; ``None``: no two texts are alike."""
        self._number, self._name = 0, name

    def value(self, hint: Any) -> Any:
        """A value of that type."""
        self._number += 1
        origin, inner = typing.get_origin(hint), typing.get_args(hint)
        if origin is typing.Literal:
            return inner[0]
        if origin in {typing.Union, types.UnionType}:
            return self.value(next(one for one in inner if one is not type(None)))
        if origin is tuple:
            return tuple(self.value(one) for one in inner if one is not ...)
        if origin is dict:
            return {self.value(inner[0]): self.value(inner[1])}
        if dataclasses.is_dataclass(hint) and isinstance(hint, type) and hint is not Money:
            return self.made(hint)
        return self._leaf(hint)

    def made(self, kind: type, /, **given: Any) -> Any:
        """One of a dataclass."""
        hints = typing.get_type_hints(kind)
        return kind(**{name: given[name] if name in given else self.value(hint) for name, hint in hints.items()})

    def outcome(self, kind: str, reading: type) -> Any:
        return self.made(Outcome, kind=kind, reading=self.made(reading), error=None)

    def _leaf(self, kind: type) -> Any:
        if issubclass(kind, enum.Enum):
            return next(iter(kind))
        known = {
            bool: True,
            int: self._number,
            float: self._number + 0.5,
            str: self._name or f"text {self._number}",
            datetime: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=self._number),
            Money: Money(Decimal(self._number), "EUR"),
        }
        return known[kind]


def everything(name: str | None = None) -> RigSnapshot:
    """A snapshot in which nothing is absent. Where all goes by one name, what is told of one thing is all there is."""
    filling = Filling(name)
    readings = (
        ("collector", SensorReading),
        ("collector", HostReading),
        ("miner", MinerSnapshot),
        ("meter", MeterReading),
    )
    outcomes = tuple(filling.outcome(kind, reading) for kind, reading in readings)
    snapshot: RigSnapshot = filling.made(RigSnapshot, outcomes=outcomes)
    return snapshot


def changed(value: Any, holder: tuple[str, str] = ("", "")) -> Iterator[tuple[tuple[str, str], Any]]:
    """The value once for every number in it, with that number another one; and which field that was."""
    if type(value) in NUMBERS:
        other = {
            bool: lambda v: not v,
            Money: lambda v: Money(v.amount + 1, v.currency),
            datetime: lambda v: v + timedelta(hours=1),
        }
        yield holder, other.get(type(value), lambda v: v + 1)(value)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            for place, new in changed(getattr(value, field.name), (type(value).__name__, field.name)):
                yield place, replace(value, **{field.name: new})  # type: ignore[type-var]
    elif isinstance(value, tuple):
        for position, held in enumerate(value):
            for place, new in changed(held, holder):
                yield place, (*value[:position], new, *value[position + 1 :])
    elif isinstance(value, dict):
        for key, held in value.items():
            for place, new in changed(held, holder):
                yield place, {**value, key: new}


def test_every_number_of_the_model_reaches_a_metric_or_is_listed_with_a_reason() -> None:
    renderer, shown = Renderer(process=False), set()
    for snapshot in (everything(), with_one_fan(everything())):
        page = renderer.render(snapshot).text
        shown |= {place for place, other in changed(snapshot) if renderer.render(other).text != page}

    assert set(numbers(*NUMBERS)) - shown == set().union(*NOT_SHOWN.values())


OF_MONEY = {"Present", "Candidate", "Economy", "LedgerStatus", "BookStatus", "PaidStatus", "PoolStatus"}
"""What the model holds of income, costs and books. Prices, chains and tariffs are known to everybody."""


def test_no_number_of_money_or_books_reaches_the_public_page() -> None:
    renderer, whole = Renderer(process=False), everything()
    page, tried = renderer.render(whole), set()
    for (holder, field), other in changed(whole):
        if holder in OF_MONEY:
            tried.add(holder)
            assert renderer.render(other).public.text == page.public.text, (holder, field)

    assert tried == OF_MONEY
    assert page.public.text != page.text


def with_one_fan(snapshot: RigSnapshot) -> RigSnapshot:
    """Its cards do not tell their fans apart."""
    devices = tuple(
        replace(one, reading=replace(one.reading, fan_ratios=(), fan_speeds_rpm=()))
        for one in snapshot.inventory.devices
    )
    return replace(snapshot, inventory=replace(snapshot.inventory, devices=devices))


SPECS = [spec for section in SECTIONS for spec in section.specs]
LABELS = {
    "device", "miner", "meter", "algorithm", "worker", "collector", "database", "feed", "coin", "currency", "source",
    "tariff", "mountpoint", "chip", "sensor", "pool", "board", "part", "book",
    "channel",
}  # fmt: skip
"""What tells subjects apart."""

FURTHER_LABELS = {
    "state", "reason", "level", "fan", "engine", "clock", "severity", "xid", "quantity", "kind", "job", "sensor", "source",
    "currency", "vendor", "model", "index", "bus_id", "driver_version", "firmware_version", "serial", "os", "kernel", "cpu",
    "software", "version", "python_version", "algorithm", "algorithm_told", "coin", "product", "host", "port", "scheme", "tls", "account_hash",
    "fee", "verdict", "part", "code", "words", "device", "role", "scope", "domain", "what", "owner", "alert",
}  # fmt: skip
"""What a subject says of itself. ``rig`` and ``site`` are the scraper's; accounts, addresses and messages are nobody's."""


def test_a_metric_is_named_by_the_rules() -> None:
    for spec in SPECS:
        assert spec.name.startswith("rig_"), spec.name
        assert spec.name.endswith((*UNITS, *METRICS_WITHOUT_UNIT)), spec.name
        assert spec.name.endswith("_total") == (spec.kind == "counter"), spec.name
        assert spec.name.endswith("_info") == (spec.kind == "info"), spec.name
        assert spec.help.endswith("."), spec.name


def test_what_is_private_is_told_by_its_name() -> None:
    for section in SECTIONS:
        for spec in section.specs:
            is_of_money = spec.name.startswith(("rig_profit_", "rig_revenue_", "rig_payouts_", "rig_ledger_"))
            assert section.private == is_of_money, spec.name


def test_no_two_metrics_share_a_name() -> None:
    names = [spec.name for spec in SPECS]

    assert len(names) == len(set(names))


@for_each("section", SECTIONS, ids=lambda section: section.specs[0].name)
def test_the_labels_of_a_section_are_from_the_allowed_set_and_say_whose_budget_it_is_held_to(
    section: Section[Any],
) -> None:
    further = {label for spec in section.specs for label in spec.labels}

    assert set(section.keys) <= LABELS
    assert further <= FURTHER_LABELS
    assert not further & set(section.keys)
    always = {"rig_miner_up", "rig_miner_error"}  # whatever a miner says, and as many as are configured
    names = {spec.name for spec in section.specs}
    assert section.told_by == next(
        (key for key in ("miner", "device") if key in section.keys and names != always), None
    )


def test_every_label_that_is_allowed_is_used() -> None:
    assert {label for section in SECTIONS for label in section.keys} == LABELS
    assert {label for spec in SPECS for label in spec.labels} == FURTHER_LABELS


def test_every_section_is_on_the_page() -> None:
    written = [
        found
        for file in pkgutil.iter_modules(sections.__path__)
        for found in vars(importlib.import_module(f"{sections.__name__}.{file.name}")).values()
        if isinstance(found, Section)
    ]

    assert sorted(map(id, written)) == sorted(map(id, SECTIONS))


def test_a_section_finds_its_subjects_in_a_snapshot_that_holds_everything() -> None:
    for section in SECTIONS:
        for family in section.families(everything()):
            for key, labels, _ in family.samples:
                assert (len(key), len(labels)) == (len(family.keys), len(family.spec.labels)), family.spec.name
