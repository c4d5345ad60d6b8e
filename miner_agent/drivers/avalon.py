"""Avalon, Canaan's cgminer API.

The three answers are asked for at once: they are long, and the miner serves one connection at a time. Each machine
behind a controller is a text of ``Key[value]`` pairs under ``MM ID0``, ``MM ID1`` ... in ``stats``. A mean may be a
bare ``nan``. ``MHS av``, ``GHSavg`` and ``MGHS`` stay high on a machine that was switched off: the last,
a mean of each board since the start, is read while the machine works, the others never. ``GHSmm`` is what its clocks
should give. ``pools`` holds the pools' passwords. ``TA`` is how many chips there should be; how many answer is not
told.

``PS`` is what the power supply says: an error, the controller's voltage, then voltage, current and power of what feeds
the boards, the voltage that was asked for, and at last, where there are seven, the power at the wall. Voltages are in
hundredths, of a Nano in thousandths. A sensor at 0 or -273 is not there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from calculators.units import HASHRATE_PREFIX, MILLI_PER_UNIT
from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.avalon_faults import faults_of
from miner_agent.drivers.shared.cards import ratio, total
from miner_agent.drivers.shared.repairs import cgminer_json
from miner_agent.errors import BadPayload
from miner_agent.model.devices import DeviceKind, DevicePart, DeviceReading, DeviceWork
from miner_agent.model.faults import FaultSeverity, FirmwareFault
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

ANSWERS = cgminer.command("summary+stats+pools")
VERSION = cgminer.command("version")
MODULES_OF_A_CONTROLLER = 100  # more than there are: numbers start again behind the next one
BOARDS_VOLTAGE, BOARDS_WATTS, WALL_WATTS = 2, 4, 6  # where they stand in PS
CENTI_PER_UNIT = 100
NO_SENSOR = frozenset({0.0, -273.0})

_MODULE = re.compile(r"MM ID(\d{1,2})(?::Summary)?", re.ASCII)
_PAIR = re.compile(r"(\w+)\[([^\[\]]*)\]", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?", re.ASCII)
MOST_FANS = 9


@dataclass(frozen=True, slots=True)
class Module:
    """One machine behind the controller."""

    index: int
    pairs: dict[str, str]

    def numbers(self, key: str) -> list[float] | None:
        """The numbers under a key; ``None`` where one of them is none."""
        words = self.pairs.get(key, "").removesuffix("%").split()
        return [float(word) for word in words] if words and all(map(_NUMBER.fullmatch, words)) else None

    def number(self, key: str) -> float | None:
        found = self.numbers(key)
        return found[0] if found is not None and len(found) == 1 else None

    def fans(self) -> list[float | None]:
        """By their number; those that have one fan may not number it."""
        if "Fan" in self.pairs:
            return [self.number("Fan")]
        last = max((number for number in range(1, MOST_FANS + 1) if f"Fan{number}" in self.pairs), default=0)
        return [self.number(f"Fan{number}") for number in range(1, last + 1)]

    def wall_watts(self) -> float | None:
        """What the machine takes from the mains; 0 is a power supply that cannot be asked."""
        return self.number("WALLPOWER") or self._of_supply(WALL_WATTS)

    def boards_watts(self) -> float | None:
        """What the power supply feeds the boards with: less than it takes."""
        return self._of_supply(BOARDS_WATTS)

    def volts(self) -> float | None:
        """What the power supply feeds the boards with."""
        told = self._of_supply(BOARDS_VOLTAGE)
        nano = self.pairs.get("Ver", "").lower().startswith("nano")
        return None if told is None else told / (MILLI_PER_UNIT if nano else CENTI_PER_UNIT)

    def _of_supply(self, place: int) -> float | None:
        supply = self.numbers("PS") or []
        return (supply[place] or None) if len(supply) > max(place, BOARDS_WATTS) else None

    def temperature(self, *keys: str) -> float | None:
        """The first of these sensors that was read."""
        found = (self.number(key) for key in keys)
        return next((degrees for degrees in found if degrees is not None and degrees not in NO_SENSOR), None)

    def faults(self) -> Iterator[FirmwareFault]:
        """What it finds wrong with its boards, its control board, its power supply and its fans."""
        for field, where in (("ECHU", "board"), ("ECMM", "control board")):
            for number, bits in enumerate(self.numbers(field) or ()):
                place = f"{where} {number}" if where == "board" else where
                yield from faults_of(f"{field}{number}", int(bits), where=place, device_index=self.index)
        if self.pairs.get("POW_I2C", "OK") != "OK":
            words, severity = "the power supply cannot be asked", FaultSeverity.WARNING
            yield FirmwareFault(code="POW_I2C", words=words, severity=severity, device_index=self.index)
        if self.number("FanErr"):
            yield FirmwareFault(code="FanErr", words="a fan does not turn as it should", device_index=self.index)

    def parts(self) -> Iterator[DevicePart]:
        """Its boards, in the order of their numbers."""
        works = bool(self.number("GHSspd"))
        rates, hottest, mean, failed = (self.numbers(key) or [] for key in ("MGHS", "MTmax", "MTavg", "CRC"))
        chips = [self.numbers(f"PVT_T{board}") for board in range(max(len(rates), len(hottest), len(mean)))]
        for board, degrees in enumerate(chips):
            errors = _at(failed, board)
            yield DevicePart(
                number=board,
                hashes_per_second=_gigahashes(_at(rates, board)) if works else None,
                core_temperature_celsius=_sensor(_at(mean, board)),
                hotspot_temperature_celsius=_sensor(_at(hottest, board)),
                chips=None if degrees is None else sum(one not in NO_SENSOR for one in degrees),
                errors_total=None if errors is None or errors < 0 else int(errors),
            )

    def idle(self) -> bool | None:
        state = self.pairs.get("SYSTEMSTATU", "")
        return True if "In Idle" in state else False if "In Work" in state else None


def _at(numbers: list[float], place: int) -> float | None:
    return numbers[place] if place < len(numbers) else None


def _sensor(degrees: float | None) -> float | None:
    return None if degrees in NO_SENSOR else degrees


def _gigahashes(told: float | None) -> float | None:
    return None if told is None else told * HASHRATE_PREFIX["G"]


def parse(payloads: Payloads) -> MinerSnapshot:
    answers = payloads.json(ANSWERS.name, repair=cgminer_json)
    summaries = cgminer.rows_or_none(answers.at("summary", 0), "SUMMARY")
    modules = list(_modules(cgminer.rows_or_none(answers.at("stats", 0), "STATS")))
    if not summaries and not modules:
        _refuse(answers)
    summary = summaries[0] if summaries else None
    versions = cgminer.rows_of(payloads, VERSION, "VERSION", repair=cgminer_json)
    software, version = cgminer.program(answers.at("stats" if summary is None else "summary", 0))
    about = versions[0] if versions else None
    works = tuple(_work(module) for module in modules)
    idle = [module.idle() for module in modules]
    return MinerSnapshot(
        software=software or "cgminer",
        software_version=clean_or_none(about.text_or_none("CGMiner") if about is not None else None) or version,
        uptime_seconds=cgminer.first_number((summary, answers.at("stats", 0, "STATS", 0)), "Elapsed"),
        paused=all(idle) if idle and None not in idle else None,
        product=_product(about) if about is not None else None,
        power_watts=total([module.wall_watts() for module in modules]),
        fan_speeds_rpm=tuple(speed for module in modules for speed in module.fans()),
        faults=_faults(modules),
        workloads=(
            cgminer.workload(
                algorithm=cgminer.SHA256,
                rate=_hashrate(summary, works),
                summary=summary,
                pools=cgminer.rows_or_none(answers.at("pools", 0), "POOLS"),
                devices=works,
                nominal=total([work.nominal_hashes_per_second for work in works]),
            ),
        ),
        devices=tuple(_device(module) for module in modules),
    )


def _faults(modules: list[Module]) -> tuple[FirmwareFault, ...] | None:
    told = any("ECHU" in module.pairs for module in modules)
    return tuple(fault for module in modules for fault in module.faults()) if told else None


def _refuse(answers: Doc) -> None:
    """Say why there is nothing to read."""
    summary = answers.at("summary")
    if summary.value is None:
        summary.expected(f"a list ({cgminer.status_text(answers, 'Msg') or 'no reason given'})")
    cgminer.rows(summary.at(0), "SUMMARY")


def _hashrate(summary: Doc | None, works: tuple[DeviceWork, ...]) -> cgminer.Hashrate:
    """What the summary says of the last seconds, else what the modules say: a Nano's summary has only the long mean."""
    rate = cgminer.Hashrate() if summary is None else cgminer.hashrate(summary, ignored=frozenset({"MHS av"}))
    known = rate.hashes_per_second is not None
    return rate if known else cgminer.Hashrate(total([work.hashes_per_second for work in works]))


def _modules(stats: list[Doc]) -> Iterator[Module]:
    controllers = 0
    for row in stats:
        texts = {int(found[1]): place for key, place in row.entries() if (found := _MODULE.fullmatch(key))}
        for number, place in texts.items():
            if not isinstance(place.value, str):
                raise BadPayload(place.path, place.value, "text with Key[value] pairs")
            yield Module(controllers * MODULES_OF_A_CONTROLLER + number, dict(_PAIR.findall(place.value)))
        controllers += bool(texts)


def _product(about: Doc) -> str | None:
    return clean_or_none(about.text_or_none("PROD") or about.text_or_none("MODEL"))


def _work(module: Module) -> DeviceWork:
    errors = module.number("HW")
    return DeviceWork(
        device_index=module.index,
        hashes_per_second=_gigahashes(module.number("GHSspd")),
        nominal_hashes_per_second=_gigahashes(module.number("GHSmm") or None),
        hardware_errors_total=None if errors is None else int(errors),
    )


def _device(module: Module) -> DeviceReading:
    fans, clock = module.fans(), module.number("Freq")
    chips = module.number("TA")
    return DeviceReading(
        index=module.index,
        kind=DeviceKind.HASHBOARD,
        firmware_version=clean_or_none(module.pairs.get("Ver")),
        core_temperature_celsius=module.temperature("TAvg"),  # of its chips
        hotspot_temperature_celsius=module.temperature("TMax"),
        inlet_temperature_celsius=module.temperature("HBITemp", "ITemp", "Temp"),
        outlet_temperature_celsius=module.temperature("HBOTemp", "OTemp"),
        fan_ratio=ratio(module.number("FanR")),
        fan_speed_rpm=fans[0] if len(fans) == 1 else None,
        voltage_volts=module.volts(),
        power_watts=module.boards_watts(),
        core_clock_hertz=None if clock is None else clock * HASHRATE_PREFIX["M"],
        chips_expected=None if chips is None or not chips.is_integer() else int(chips),
        parts=tuple(module.parts()),
    )


DRIVER = Driver(
    name="avalon",
    products=("Avalon", "AvalonMiner", "Avalon Nano", "Avalon Q"),
    requests=(ANSWERS, VERSION),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028; keep it in your own network: it takes writes without a password",
    documentation="https://github.com/Canaan-Creative/avalon10-docs",
    seen=(
        "4.10.0 (controller of Avalon 7)",
        "4.11.1 (Avalon 10)",
        "21072802 (A1246)",
        "25021401 (Nano 3S)",
        "25052801 (Avalon Q)",
    ),
)
