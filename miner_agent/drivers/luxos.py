"""LuxOS, its cgminer API on port 4028.

``summary`` speaks of GH/s and ``devs`` of MH/s; both say so in their keys. ``Total MH`` holds GH and is not read.
``stats`` is Antminer's, with chains that count from 1 where boards count from 0. On a board the sensors on the right
stand where the air comes in, those on the left where it goes out.
"""

from calculators.units import HASHRATE_PREFIX
from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.antminer_models import Build, build_of, chips_of
from miner_agent.drivers.shared.cgminer_protocol import NOTHING
from miner_agent.drivers.shared.luxos_events import PAUSED, codes_of, faults_of
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

SUMMARY = cgminer.command("summary")
VERSION = cgminer.command("version")
POOLS = cgminer.command("pools")
DEVS = cgminer.command("devs")
TEMPS = cgminer.command("temps")
FANS = cgminer.command("fans")
POWER = cgminer.command("power")
STATS = cgminer.command("stats")
EVENTS = cgminer.command("events")
INLET, OUTLET = ("TopRight", "BottomRight"), ("TopLeft", "BottomLeft")


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name)
    summary = cgminer.rows(answer, "SUMMARY")[0]
    versions = cgminer.rows_of(payloads, VERSION, "VERSION")
    works = cgminer.by_id(cgminer.rows_of(payloads, DEVS, "DEVS"))
    temps = cgminer.by_id(cgminer.rows_of(payloads, TEMPS, "TEMPS"))
    powers = cgminer.rows_of(payloads, POWER, "POWER")
    stats = cgminer.rows_of(payloads, STATS, "STATS")
    told = payloads.json_or_none(EVENTS.name)
    events = (
        codes_of(cgminer.rows_or_none(told, "EVENTS")) if told is not None and told.at("EVENTS").is_list() else None
    )
    about = versions[0] if versions else NOTHING
    product = clean_or_none(about.text_or_none("Type"))
    build = build_of(product)
    return MinerSnapshot(
        software="luxminer",
        software_version=clean_or_none(about.text_or_none("LUXminer")) or cgminer.program(answer)[1],
        uptime_seconds=cgminer.number(summary, "Elapsed"),
        paused=None if events is None else not PAUSED.isdisjoint(events),
        product=product,
        power_watts=cgminer.positive(powers[0], "Watts") if powers else None,
        fan_speeds_rpm=tuple(cgminer.fan_speed(fan, "RPM") for fan in cgminer.rows_of(payloads, FANS, "FANS")),
        boards_expected=build.boards if build is not None else None,
        faults=None if events is None else faults_of(events),
        workloads=(
            cgminer.workload_of_boards(
                summary,
                cgminer.rows_of(payloads, POOLS, "POOLS"),
                works,
                nominal=cgminer.in_unit(stats[-1].at("total_rateideal"), HASHRATE_PREFIX["G"]) if stats else None,
            ),
        ),
        devices=tuple(
            _device(index, works.get(index, NOTHING), temps.get(index, NOTHING), stats[-1] if stats else NOTHING, build)
            for index in sorted(works.keys() | temps.keys())
        ),
    )


def _device(index: int, work: Doc, temperatures: Doc, stats: Doc, build: Build | None) -> DeviceReading:
    chips = cgminer.count(stats, f"chain_acn{index + 1}")
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        serial=clean_or_none(work.text_or_none("SerialNumber")),
        core_temperature_celsius=cgminer.hottest(temperatures, "Board", *INLET, *OUTLET),
        hotspot_temperature_celsius=cgminer.positive(temperatures, "Chip"),
        inlet_temperature_celsius=cgminer.hottest(temperatures, *INLET),
        outlet_temperature_celsius=cgminer.hottest(temperatures, *OUTLET),
        chips=chips,
        chips_expected=chips_of(build, chips) if chips else None,
    )


DRIVER = Driver(
    name="luxos",
    products=("LuxOS", "LUXminer"),
    requests=(SUMMARY, VERSION, POOLS, DEVS, TEMPS, FANS, POWER, STATS, EVENTS),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028",
    documentation="https://docs.luxor.tech/firmware/api/intro",
    only_read_about="all of it",
)
