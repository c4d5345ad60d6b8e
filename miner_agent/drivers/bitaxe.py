"""AxeOS, the firmware of Bitaxe and its relatives, versions 2.x.

One machine is one device: its chips, its fan and its power are measured together. Hashrates are in GH/s, and the
averages over named windows came later than ``hashRate``, whose width is not told. -1 is a sensor that is not there.
"""

from calculators.units import HASHRATE_PREFIX, MEGAHERTZ, PERCENT_PER_UNIT
from miner_agent.driver import Driver, HttpGet
from miner_agent.model import DeviceKind, DeviceReading, DeviceWork, MinerSnapshot, Workload
from miner_agent.payload import Doc, Payloads
from miner_agent.text import clean_or_none, pool_address

INFO = HttpGet("info", "/api/system/info")
ASIC = HttpGet("asic", "/api/system/asic")
ALGORITHM = "sha256"
ONLY = 0


def parse(payloads: Payloads) -> MinerSnapshot:
    info = payloads.json(INFO.name)
    asic = payloads.json_or_none(ASIC.name)
    gigahashes = info.number_or_none("hashRate")
    hashes = None if gigahashes is None else gigahashes * HASHRATE_PREFIX["G"]
    accepted, rejected = info.count_or_none("sharesAccepted"), info.count_or_none("sharesRejected")
    chip = clean_or_none(info.text_or_none("ASICModel"))
    model = info.text_or_none("deviceModel") or (asic.text_or_none("deviceModel") if asic is not None else None)
    return MinerSnapshot(
        software="axeos",
        software_version=clean_or_none(info.text("version")),
        uptime_seconds=info.number_or_none("uptimeSeconds"),
        product=clean_or_none(model) or chip,
        workloads=(
            Workload(
                algorithm=ALGORITHM,
                hashes_per_second=hashes,
                accepted_shares_total=accepted,
                rejected_shares_total=rejected,
                share_difficulty=_positive(info, "poolDifficulty") or _positive(info, "stratumDiff"),
                pool=_pool(info),
                devices=(DeviceWork(device_index=ONLY, hashes_per_second=hashes),),
            ),
        ),
        devices=(_device(info, chip),),
    )


def _device(info: Doc, chip: str | None) -> DeviceReading:
    temperatures = [_positive(info, key) for key in ("temp", "temp2")]
    fan_percent, fan_rpm = info.number_or_none("fanspeed"), info.number_or_none("fanrpm")
    clock = _positive(info, "frequency")
    return DeviceReading(
        index=ONLY,
        kind=DeviceKind.HASHBOARD,
        name=chip,
        core_temperature_celsius=max((known for known in temperatures if known is not None), default=None),
        fan_ratio=None if fan_percent is None or fan_percent < 0 else fan_percent / PERCENT_PER_UNIT,
        fan_speed_rpm=None if fan_rpm is None or fan_rpm < 0 else fan_rpm,
        power_watts=info.number_or_none("power"),
        core_clock_hertz=None if clock is None else clock * MEGAHERTZ,
    )


def _positive(info: Doc, key: str) -> float | None:
    found = info.number_or_none(key)
    return found if found is not None and found > 0 else None


def _pool(info: Doc) -> str | None:
    """The pool in use: the fallback where the firmware says so, with 0 and 1 or with false and true."""
    fallback = bool(info.at("isUsingFallbackStratum").value)
    host = info.text_or_none("fallbackStratumURL" if fallback else "stratumURL")
    port = info.count_or_none("fallbackStratumPort" if fallback else "stratumPort")
    return pool_address(host if host is None or port is None else f"{host}:{port}")


DRIVER = Driver(
    name="bitaxe",
    products=("Bitaxe", "NerdQAxe", "AxeOS"),
    requests=(INFO, ASIC),
    parse=parse,
    default_port=80,
    enable_api="on by default; keep it in your own network: it takes writes without a password",
    documentation="https://github.com/bitaxeorg/ESP-Miner/blob/master/main/http_server/openapi.yaml",
)
