"""cgminer, sgminer and bfgminer, as their authors wrote them.

The unit and the window of a hashrate stand in its key (``"KHS 5s"``, ``"MHS 20s"``). A machine whose maker changed what
the keys mean has a driver of its own. Devices are numbered as they are listed: each kind counts from 0 for itself.
"""

from calculators.units import MEGAHERTZ, PERCENT_PER_UNIT
from miner_agent.driver import Driver
from miner_agent.model import DeviceKind, DeviceReading, DeviceState, MinerSnapshot, Workload
from miner_agent.payload import Doc, Payloads
from miner_agent.text import clean_or_none

from . import _cgminer
from ._repairs import cgminer_json

SUMMARY = _cgminer.command("summary")
DEVS = _cgminer.command("devs")
POOLS = _cgminer.command("pools")
COIN = _cgminer.command("coin")
STATES = {
    "Alive": DeviceState.OK,
    "Sick": DeviceState.DEGRADED,  # has not answered for a minute
    "Dead": DeviceState.HUNG,  # has not answered for ten
}


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name, repair=cgminer_json)
    summary = _cgminer.rows(answer, "SUMMARY")[0]
    devices = _cgminer.rows_of(payloads, DEVS, "DEVS", repair=cgminer_json)
    pools = _cgminer.rows_of(payloads, POOLS, "POOLS", repair=cgminer_json)
    coins = _cgminer.rows_of(payloads, COIN, "COIN", repair=cgminer_json)
    software, version = _cgminer.program(answer)
    rate = _cgminer.hashrate(summary)
    shares = _cgminer.shares(summary, pools)
    active = _cgminer.active_pool(pools)
    return MinerSnapshot(
        software=software or "cgminer",
        software_version=version,
        uptime_seconds=_cgminer.number(summary, "Elapsed"),
        workloads=(
            Workload(
                algorithm=_algorithm(active, coins),
                hashes_per_second=rate.hashes_per_second,
                hashrate_window_seconds=rate.window_seconds,
                accepted_shares_total=shares.accepted,
                rejected_shares_total=shares.rejected,
                stale_shares_total=shares.stale,
                hardware_errors_total=summary.count_or_none("Hardware Errors"),
                share_difficulty=_cgminer.difficulty_of(active),
                pool=_cgminer.pool_of(active),
                devices=tuple(_cgminer.device_work(index, row) for index, row in enumerate(devices)),
            ),
        ),
        devices=tuple(_device(index, row) for index, row in enumerate(devices)),
    )


def _algorithm(active: Doc | None, coins: list[Doc]) -> str | None:
    """sgminer names it by pool, cgminer and bfgminer for all."""
    by_pool = active.text_or_none("Algorithm") if active is not None else None
    return clean_or_none(by_pool or next((coin.text_or_none("Hash Method") for coin in coins), None))


def _device(index: int, row: Doc) -> DeviceReading:
    percent, activity = _cgminer.number(row, "Fan Percent"), _cgminer.number(row, "GPU Activity")
    clock, memory_clock = _cgminer.positive(row, "GPU Clock"), _cgminer.positive(row, "Memory Clock")
    return DeviceReading(
        index=index,
        kind=DeviceKind.GPU if row.at("GPU").value is not None else DeviceKind.HASHBOARD,
        state=_state(row),
        name=clean_or_none(row.text_or_none("Name")),
        core_temperature_celsius=_cgminer.positive(row, "Temperature"),  # 0.0: no sensor
        fan_ratio=None if percent is None or percent < 0 else percent / PERCENT_PER_UNIT,
        fan_speed_rpm=_cgminer.fan_speed(row, "Fan Speed"),
        core_clock_hertz=None if clock is None else clock * MEGAHERTZ,
        memory_clock_hertz=None if memory_clock is None else memory_clock * MEGAHERTZ,
        utilization_ratio=None if activity is None or activity < 0 else activity / PERCENT_PER_UNIT,
    )


def _state(row: Doc) -> DeviceState | None:
    if row.text_or_none("Enabled") == "N":
        return DeviceState.DISABLED
    return STATES.get(row.text_or_none("Status") or "")


DRIVER = Driver(
    name="cgminer",
    products=("cgminer", "sgminer", "bfgminer"),
    requests=(SUMMARY, DEVS, POOLS, COIN),
    parse=parse,
    default_port=_cgminer.PORT,
    enable_api="--api-listen --api-allow R:127.0.0.1",
    documentation="https://github.com/ckolivas/cgminer/blob/master/API-README",
)
