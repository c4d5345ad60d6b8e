"""Readings as tables for people: kilo, mega and percent appear here and nowhere before."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.units import KILOWATT_HOUR
from miner_agent.cli.support.fitted_lines import NOTHING_READ
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import ABSENT, number, percent, plain_console, print_line, scaled
from miner_agent.cli.support.told_work import told_efficiency, told_hashrates
from miner_agent.model.devices import DeviceState
from miner_agent.model.efficiency import Hashrates, hashrates_by_device, hashrates_of
from miner_agent.model.health import Ailment, Word
from miner_agent.model.readings import HostReading, MeterReading, MinerSnapshot, Outcome, Reading, Workload
from miner_agent.model.snapshot import (
    Device,
    MinerFault,
    MinerWorkload,
    PartialPower,
    PowerSource,
    RigPower,
    RigSnapshot,
    preferred_power,
)

VERDICT_STYLES: dict[Word, str] = {"well": "green", "ill": "bold red", "unknown": "yellow"}
SYMPTOM_WORDS = dict.fromkeys((Ailment.MINER_DOWN, Ailment.METER_DOWN, Ailment.COLLECTOR_DOWN), "no reading: ")


def show(snapshot: RigSnapshot, console: Console | None = None) -> None:
    """Print the readings of one tick. What was not read is a dash; what failed says why."""
    out = console or plain_console()
    out.print(Text(f"{snapshot.rig} at {snapshot.taken_at:%Y-%m-%d %H:%M:%S} UTC", style="bold"))
    for outcome in snapshot.outcomes:
        if isinstance(outcome.reading, HostReading):
            print_table(out, _host_table(outcome.reading))
    devices = snapshot.inventory.devices
    if any(_says_something(device) for device in devices):
        work = hashrates_by_device(snapshot.inventory.contributions)
        print_table(out, _device_table([device for device in devices if _says_something(device)], work))
    miners = [outcome for outcome in snapshot.outcomes if outcome.kind == "miner"]
    if miners:
        print_table(out, _miner_table(snapshot, miners))
    if machines := [outcome for outcome in miners if _is_machine(outcome.reading)]:
        print_table(out, _machine_table(snapshot, machines))
    if snapshot.inventory.faults:
        print_table(out, _fault_table(snapshot.inventory.faults))
    meters = [outcome for outcome in snapshot.outcomes if outcome.kind == "meter"]
    if meters:
        print_table(out, _meter_table(meters))
    for sentence in _power_sentences(snapshot):
        print_line(out, sentence)
    verdict = snapshot.verdict
    resting = ", standing still as planned" if verdict.is_resting else ""
    why = f": {NOTHING_READ}" if verdict.word == "unknown" else ""
    print_line(out, f"verdict: {verdict.word}{resting}{why}", style=VERDICT_STYLES[verdict.word])
    for symptom in verdict.symptoms:
        part = f" ({symptom.part})" if symptom.part else ""
        print_line(out, f"{SYMPTOM_WORDS.get(symptom.ailment, '')}{symptom.subject}{part}: {symptom.said}", style="red")


def _host_table(host: HostReading) -> Table:
    table = Table("", "", show_header=False, box=None, pad_edge=False)
    for name, value in (
        ("system", f"{host.operating_system or ABSENT}, kernel {host.kernel or ABSENT}"),
        ("processor", f"{host.cpu_model or ABSENT}, {host.cpu_count or ABSENT} logical"),
        ("in use", percent(host.cpu_utilization_ratio)),
        ("load", ", ".join(number(load, digits=2) for load in (host.load1, host.load5, host.load15))),
        ("memory", f"{scaled(host.memory_available_bytes, 'B')} free of {scaled(host.memory_size_bytes, 'B')}"),
    ):
        table.add_row(name, Text(value))
    for disk in host.filesystems or ():
        size = f"{scaled(disk.available_bytes, 'B')} free of {scaled(disk.size_bytes, 'B')}"
        table.add_row("disk", Text(f"{disk.mountpoint}: {size}{', read-only' if disk.read_only else ''}"))
    if host.filesystems is None:
        table.add_row("disk", "no answer in time")
    for sensor in host.temperatures:
        table.add_row(
            "temperature", Text(f"{sensor.chip} {sensor.sensor}: {number(sensor.temperature_celsius, ' °C')}")
        )
    return table


DEVICE_COLUMNS: tuple[tuple[str, Callable[[Device], str]], ...] = (
    ("device", lambda d: d.reading.pci_address or d.label),
    ("model", lambda d: d.reading.name or ABSENT),
    ("state", lambda d: d.reading.state.value if d.reading.state else ABSENT),
    ("core", lambda d: number(d.reading.core_temperature_celsius, " °C")),
    ("memory", lambda d: number(d.reading.memory_temperature_celsius, " °C")),
    ("hottest", lambda d: number(d.reading.hotspot_temperature_celsius, " °C")),
    ("inlet", lambda d: number(d.reading.inlet_temperature_celsius, " °C")),
    ("outlet", lambda d: number(d.reading.outlet_temperature_celsius, " °C")),
    ("vrm", lambda d: number(d.reading.vrm_temperature_celsius, " °C")),
    ("fan", lambda d: percent(d.reading.fan_ratio)),
    ("power", lambda d: number(d.reading.power_watts, " W")),
    ("limit", lambda d: number(d.reading.power_limit_watts, " W")),
    ("voltage", lambda d: number(d.reading.voltage_volts, " V", digits=2)),
    ("core clock", lambda d: scaled(d.reading.core_clock_hertz, "Hz")),
    ("chips", lambda d: _of(d.reading.chips, d.reading.chips_expected)),
    ("in use", lambda d: percent(d.reading.utilization_ratio)),
)
WORK_BEFORE = 3
"""Of these columns what a device makes stands."""
WHERE_TOLD = {
    "hashrate", "efficiency", "state", "limit", "in use", "hw errors", "hottest", "inlet", "outlet", "vrm", "voltage",
    "chips", "should be", "best share", "blocks", "backup pools", "room", "liquid", "boards",
}  # fmt: skip
"""Columns that most rigs would only fill with dashes."""


def _of(count: int | None, expected: int | None) -> str:
    return number(count) if expected is None else f"{number(count)} of {expected}"


def _says_something(device: Device) -> bool:
    reading = device.reading
    return reading.kind != "cpu" or reading.core_temperature_celsius is not None


def _device_table(devices: Sequence[Device], work: Mapping[str, Hashrates]) -> Table:
    names, rows = [name for name, _ in DEVICE_COLUMNS], list[list[str]]()
    for device in devices:
        rates = work.get(device.label, {})
        made = (told_hashrates(rates), told_efficiency(device.reading.power_watts, rates))
        cells = [cell(device) for _, cell in DEVICE_COLUMNS]
        rows.append([*cells[:WORK_BEFORE], *(told or ABSENT for told in made), *cells[WORK_BEFORE:]])
    return _table([*names[:WORK_BEFORE], "hashrate", "efficiency", *names[WORK_BEFORE:]], rows)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table without those columns of ``WHERE_TOLD`` in which nothing stands."""
    shown = [
        column
        for column, name in enumerate(names)
        if name not in WHERE_TOLD or any(row[column] not in {ABSENT, ""} for row in rows)
    ]
    table = Table(*(names[column] for column in shown), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(row[column]) for column in shown))
    return table


POOLS_TOLD = 3
NAMES_TOLD = 5
POWER_WORDS: dict[PowerSource, str] = {
    "meter": "measured at the wall",
    "psu": "says its firmware",
    "estimate": "its cards and processors together; the wall gives more",
}


def _power_sentences(snapshot: RigSnapshot) -> Iterable[str]:
    if snapshot.power:
        yield _power_sentence(snapshot.power)
    if snapshot.partial_power is not None:
        yield _lacking_sentence(snapshot.partial_power)


def _power_sentence(power: tuple[RigPower, ...]) -> str:
    best = preferred_power(power)
    told = sorted(power, key=lambda one: one is not best)
    return "power: " + "; ".join(f"{number(one.power_watts, ' W')} ({POWER_WORDS[one.source]})" for one in told)


def _lacking_sentence(partial: PartialPower) -> str:
    told, others = partial.lacks[:NAMES_TOLD], len(partial.lacks) - NAMES_TOLD
    names = ", ".join(told) + (f" and {others} more" if others > 0 else "")
    if partial.power_watts is None:
        return f"power: not told by {names}"
    return f"power: {number(partial.power_watts, ' W')} is that of a part of its devices: not told by {names}"


def _meter_table(outcomes: Iterable[Outcome[Reading]]) -> Table:
    table = Table("meter", "product", "power", "counter", "voltage", "current", box=None, pad_edge=False)
    for outcome in outcomes:
        meter = outcome.reading
        if not isinstance(meter, MeterReading):
            table.add_row(Text(outcome.source), Text("no reading"))
            continue
        joules = meter.energy_joules_total
        table.add_row(
            Text(outcome.source),
            Text(meter.product or ABSENT),
            number(meter.power_watts, " W", digits=1),
            number(None if joules is None else joules / KILOWATT_HOUR, " kWh", digits=3),
            number(meter.voltage_volts, " V", digits=1),
            number(meter.current_amperes, " A", digits=2),
        )
    return table


WORK_COLUMNS: tuple[tuple[str, Callable[[MinerWorkload], str]], ...] = (
    ("miner", lambda w: w.miner),
    ("software", lambda w: f"{w.snapshot.software} {w.snapshot.software_version or ''}".strip()),
    ("algorithm", lambda w: w.algorithm),
    ("hashrate", lambda w: scaled(w.workload.hashes_per_second, "H/s")),
    ("should be", lambda w: scaled(w.workload.nominal_hashes_per_second, "H/s")),
    ("accepted", lambda w: number(w.workload.accepted_shares_total)),
    ("rejected", lambda w: number(w.workload.rejected_shares_total)),
    ("hw errors", lambda w: number(w.workload.hardware_errors_total)),
    ("best share", lambda w: scaled(w.workload.best_difficulty or w.workload.session_best_difficulty, "").strip()),
    ("blocks", lambda w: number(w.workload.found_blocks_total)),
    ("pool", lambda w: w.workload.pool or ABSENT),
    ("backup pools", lambda w: _pools_behind(w.workload)),
)


def _pools_behind(work: Workload) -> str:
    """The pools that would be next, by their number, and which of them do not answer."""
    others = [pool for pool in work.pools if not pool.active and not pool.is_fee and pool.pool is not None]
    return ", ".join(f"{pool.pool}{' (dead)' if pool.alive is False else ''}" for pool in others[:POOLS_TOLD]) or ABSENT


def _miner_table(snapshot: RigSnapshot, outcomes: Iterable[Outcome[Reading]]) -> Table:
    rows, works = list[list[str]](), _works(snapshot)
    for outcome in outcomes:
        if not isinstance(outcome.reading, MinerSnapshot):
            rows.append([outcome.source, "no reading", *("" for _ in WORK_COLUMNS[2:])])
            continue
        rows += [[cell(entry) for _, cell in WORK_COLUMNS] for entry in works[outcome.source]]
    return _table([name for name, _ in WORK_COLUMNS], rows)


def _works(snapshot: RigSnapshot) -> Mapping[str, list[MinerWorkload]]:
    """What each miner works on."""
    works = defaultdict[str, list[MinerWorkload]](list)
    for entry in snapshot.inventory.workloads:
        works[entry.miner].append(entry)
    return works


def _fault_table(faults: Iterable[MinerFault]) -> Table:
    rows = [
        [told.device or told.miner, told.fault.severity.value, told.fault.code, told.fault.words or ABSENT]
        for told in faults
    ]
    return _table(["its firmware tells of", "how bad", "code", "what it means"], rows)


def _is_machine(reading: Reading | None) -> bool:
    """The miner is a machine's firmware, and tells of the machine."""
    return isinstance(reading, MinerSnapshot) and (
        reading.product is not None or reading.power_watts is not None or bool(reading.fan_speeds_rpm)
    )


def _machine_table(snapshot: RigSnapshot, outcomes: Iterable[Outcome[Reading]]) -> Table:
    rows, works = list[list[str]](), _works(snapshot)
    boards = Counter(
        device.source for device in snapshot.inventory.devices if device.reading.state is not DeviceState.LOST
    )
    for outcome in outcomes:
        miner = outcome.reading
        if isinstance(miner, MinerSnapshot):
            fans = ", ".join(number(speed) for speed in miner.fan_speeds_rpm)
            rows.append(
                [
                    outcome.source,
                    miner.product or ABSENT,
                    number(miner.power_watts, " W"),
                    told_efficiency(miner.power_watts, hashrates_of(works[outcome.source])) or ABSENT,
                    f"{fans} rpm" if fans else ABSENT,
                    number(miner.ambient_temperature_celsius, " °C"),
                    number(miner.liquid_temperature_celsius, " °C"),
                    _of(boards[outcome.source], miner.boards_expected) if miner.boards_expected is not None else ABSENT,
                ]
            )
    return _table(["machine", "product", "power", "efficiency", "fans", "room", "liquid", "boards"], rows)
