"""cgminer, sgminer and bfgminer, as their authors wrote them.

The unit and the window of a hashrate stand in its key (``"KHS 5s"``, ``"MHS 20s"``). A machine whose maker changed what
the keys mean has a driver of its own. Devices are numbered as they are listed: each kind counts from 0 for itself. What
one unit of difficulty takes follows from the algorithm, and is not known for all of them.
"""

from dataclasses import replace

from calculators.units import MEGAHERTZ, PERCENT_PER_UNIT
from miner_agent.drivers.shared import cgminer_protocol
from miner_agent.drivers.shared.cgminer_pools import active_pool
from miner_agent.drivers.shared.repairs import cgminer_json
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

SUMMARY = cgminer_protocol.command("summary")
DEVS = cgminer_protocol.command("devs")
POOLS = cgminer_protocol.command("pools")
COIN = cgminer_protocol.command("coin")
ONLY_SHA256 = frozenset({"bfgminer"})  # what its difficulty stands for elsewhere is not known
STATES = {
    "Alive": DeviceState.OK,
    "Sick": DeviceState.DEGRADED,  # has not answered for a minute
    "Dead": DeviceState.HUNG,  # has not answered for ten
}


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name, repair=cgminer_json)
    summary = cgminer_protocol.rows(answer, "SUMMARY")[0]
    devices = cgminer_protocol.rows_of(payloads, DEVS, "DEVS", repair=cgminer_json)
    pools = cgminer_protocol.rows_of(payloads, POOLS, "POOLS", repair=cgminer_json)
    coins = cgminer_protocol.rows_of(payloads, COIN, "COIN", repair=cgminer_json)
    software, version = cgminer_protocol.program(answer)
    algorithm = _algorithm(active_pool(pools), coins)
    work = cgminer_protocol.workload(
        algorithm=algorithm,
        rate=cgminer_protocol.hashrate(summary),
        summary=summary,
        pools=pools,
        devices=tuple(cgminer_protocol.device_work(index, row) for index, row in enumerate(devices)),
    )
    if software in ONLY_SHA256 and work.hashes_per_difficulty != cgminer_protocol.HASHES_PER_DIFFICULTY["sha256"]:
        work = replace(work, hashes_per_difficulty=None)
    return MinerSnapshot(
        software=software or "cgminer",
        software_version=version,
        uptime_seconds=cgminer_protocol.number(summary, "Elapsed"),
        workloads=(work,),
        devices=tuple(_device(index, row) for index, row in enumerate(devices)),
    )


def _algorithm(active: Doc | None, coins: list[Doc]) -> str | None:
    """sgminer names it by pool, cgminer and bfgminer for all."""
    by_pool = active.text_or_none("Algorithm") if active is not None else None
    return clean_or_none(by_pool or next((coin.text_or_none("Hash Method") for coin in coins), None))


def _device(index: int, row: Doc) -> DeviceReading:
    percent, activity = cgminer_protocol.number(row, "Fan Percent"), cgminer_protocol.number(row, "GPU Activity")
    clock, memory_clock = cgminer_protocol.positive(row, "GPU Clock"), cgminer_protocol.positive(row, "Memory Clock")
    return DeviceReading(
        index=index,
        kind=DeviceKind.GPU if row.value_at("GPU") is not None else DeviceKind.HASHBOARD,
        state=_state(row),
        name=clean_or_none(row.text_or_none("Name")),
        core_temperature_celsius=cgminer_protocol.positive(row, "Temperature"),  # 0.0: no sensor
        fan_ratio=None if percent is None or percent < 0 else percent / PERCENT_PER_UNIT,
        fan_speed_rpm=cgminer_protocol.fan_speed(row, "Fan Speed"),
        voltage_volts=cgminer_protocol.positive(row, "GPU Voltage"),
        core_clock_hertz=None if clock is None else clock * MEGAHERTZ,
        memory_clock_hertz=None if memory_clock is None else memory_clock * MEGAHERTZ,
        utilization_ratio=None if activity is None or activity < 0 else activity / PERCENT_PER_UNIT,
    )


def _state(row: Doc) -> DeviceState | None:
    if row.truth_or_none("Enabled") is False:
        return DeviceState.DISABLED
    return STATES.get(row.text_or_none("Status") or "")


DRIVER = Driver(
    name="cgminer",
    products=("cgminer", "sgminer", "bfgminer"),
    requests=(SUMMARY, DEVS, POOLS, COIN),
    parse=parse,
    default_port=cgminer_protocol.PORT,
    enable_api="--api-listen --api-allow R:127.0.0.1",
    documentation="https://github.com/ckolivas/cgminer/blob/master/API-README",
    only_read_about="all of it",
    processes=("cgminer", "sgminer", "bfgminer"),
    port_options=("--api-port",),
)
