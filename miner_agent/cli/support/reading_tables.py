"""Readings as tables for people: kilo, mega and percent appear here and nowhere before."""

from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.units import KILOWATT_HOUR
from miner_agent.model.health import Ailment, Word
from miner_agent.model.readings import HostReading, MeterReading, MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import Device, PartialPower, PowerSource, RigPower, RigSnapshot, preferred_power

VERDICT_STYLES: dict[Word, str] = {"well": "green", "ill": "bold red", "unknown": "yellow"}
SYMPTOM_WORDS = dict.fromkeys((Ailment.MINER_DOWN, Ailment.METER_DOWN, Ailment.COLLECTOR_DOWN), "no reading: ")
ABSENT = "–"
PREFIXES = ("", "k", "M", "G", "T", "P", "E")
PLAIN_WIDTH = 500


def plain_console() -> Console:
    """As wide as the terminal; where it is none, wide enough for the tables."""
    return Console(width=None if Console().is_terminal else PLAIN_WIDTH, highlight=False)


def print_line(out: Console, text: str, *, style: str = "") -> None:
    """A line of its own, however long: a terminal wraps it, a file does not."""
    out.print(Text(text, style=style), soft_wrap=True)


def show(snapshot: RigSnapshot, console: Console | None = None) -> None:
    """Print the readings of one tick. What was not read is a dash; what failed says why."""
    out = console or plain_console()
    out.print(Text(f"{snapshot.rig} at {snapshot.taken_at:%Y-%m-%d %H:%M:%S} UTC", style="bold"))
    for outcome in snapshot.outcomes:
        if isinstance(outcome.reading, HostReading):
            out.print(_host_table(outcome.reading))
    devices = snapshot.inventory.devices
    if any(_says_something(device) for device in devices):
        out.print(_device_table([device for device in devices if _says_something(device)]))
    miners = [outcome for outcome in snapshot.outcomes if outcome.kind == "miner"]
    if miners:
        out.print(_miner_table(snapshot, miners))
    if machines := [outcome for outcome in miners if _is_machine(outcome.reading)]:
        out.print(_machine_table(machines))
    meters = [outcome for outcome in snapshot.outcomes if outcome.kind == "meter"]
    if meters:
        out.print(_meter_table(meters))
    for sentence in _power_sentences(snapshot):
        print_line(out, sentence)
    print_line(out, f"verdict: {snapshot.verdict.word}", style=VERDICT_STYLES[snapshot.verdict.word])
    for symptom in snapshot.verdict.symptoms:
        part = f" ({symptom.part})" if symptom.part else ""
        print_line(out, f"{SYMPTOM_WORDS.get(symptom.ailment, '')}{symptom.subject}{part}: {symptom.said}", style="red")


def show_first() -> Callable[[RigSnapshot], None]:
    """Called with every tick, it prints the first one."""
    shown = False

    def on_tick(snapshot: RigSnapshot) -> None:
        nonlocal shown
        if not shown:
            shown = True
            show(snapshot)

    return on_tick


def scaled(value: float | None, unit: str) -> str:
    """A number with three digits and a decimal prefix.

    >>> scaled(75_321_106, "H/s"), scaled(None, "H/s"), scaled(0, "H/s")
    ('75.3 MH/s', '–', '0 H/s')
    """
    if value is None:
        return ABSENT
    size, prefix = value, 0
    while abs(size) >= 999.5 and prefix < len(PREFIXES) - 1:
        size, prefix = size / 1000, prefix + 1
    return f"{size:.3g} {PREFIXES[prefix]}{unit}"


def number(value: float | None, unit: str = "", *, digits: int = 0) -> str:
    return ABSENT if value is None else f"{value:.{digits}f}{unit}"


def percent(ratio: float | None) -> str:
    return ABSENT if ratio is None else f"{100 * ratio:.0f} %"


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
WHERE_TOLD = {"hottest", "inlet", "outlet", "vrm", "voltage", "chips"}
"""Columns that most rigs would only fill with dashes."""


def _of(count: int | None, expected: int | None) -> str:
    return number(count) if expected is None else f"{number(count)} of {expected}"


def _says_something(device: Device) -> bool:
    reading = device.reading
    return reading.kind != "cpu" or reading.core_temperature_celsius is not None


def _device_table(devices: Sequence[Device]) -> Table:
    columns = [(name, [cell(device) for device in devices]) for name, cell in DEVICE_COLUMNS]
    shown = [(name, cells) for name, cells in columns if name not in WHERE_TOLD or set(cells) != {ABSENT}]
    table = Table(*(name for name, _ in shown), box=None, pad_edge=False)
    for row in zip(*(cells for _, cells in shown), strict=True):
        table.add_row(*(Text(cell) for cell in row))
    return table


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


def _miner_table(snapshot: RigSnapshot, outcomes: Iterable[Outcome[Reading]]) -> Table:
    table = Table(
        "miner",
        "software",
        "algorithm",
        "hashrate",
        "accepted",
        "rejected",
        "hw errors",
        "pool",
        box=None,
        pad_edge=False,
    )
    for outcome in outcomes:
        miner = outcome.reading
        if not isinstance(miner, MinerSnapshot):
            table.add_row(Text(outcome.source), Text("no reading"))
            continue
        for entry in snapshot.inventory.workloads:
            if entry.miner == outcome.source:
                work = entry.workload
                table.add_row(
                    *(
                        Text(cell)
                        for cell in (
                            entry.miner,
                            f"{miner.software} {miner.software_version or ''}".strip(),
                            entry.algorithm,
                            scaled(work.hashes_per_second, "H/s"),
                            number(work.accepted_shares_total),
                            number(work.rejected_shares_total),
                            number(work.hardware_errors_total),
                            work.pool or ABSENT,
                        )
                    )
                )
    return table


def _is_machine(reading: Reading | None) -> bool:
    """The miner is a machine's firmware, and tells of the machine."""
    return isinstance(reading, MinerSnapshot) and (
        reading.product is not None or reading.power_watts is not None or bool(reading.fan_speeds_rpm)
    )


def _machine_table(outcomes: Iterable[Outcome[Reading]]) -> Table:
    table = Table("machine", "product", "power", "fans", "room", box=None, pad_edge=False)
    for outcome in outcomes:
        miner = outcome.reading
        if isinstance(miner, MinerSnapshot):
            fans = ", ".join(number(speed) for speed in miner.fan_speeds_rpm)
            table.add_row(
                Text(outcome.source),
                Text(miner.product or ABSENT),
                number(miner.power_watts, " W"),
                f"{fans} rpm" if fans else ABSENT,
                number(miner.ambient_temperature_celsius, " °C"),
            )
    return table
