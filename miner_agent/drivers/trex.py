"""T-Rex, HTTP API versions 1.1 to 4.1.

``hashrate`` is a moving average of unnamed width; ``_minute``, ``_hour`` and ``_day`` are 0 until they are full and are
not read. The difficulty of the pool is a number before API 3.3 and text such as ``"4.00 G"`` from then on.
"""

from calculators.units import MEGAHERTZ, PERCENT_PER_UNIT
from miner_agent.driver import Driver, HttpGet
from miner_agent.errors import BadPayload
from miner_agent.model import DeviceReading, DeviceWork, MinerSnapshot, Workload
from miner_agent.payload import Doc, Payloads
from miner_agent.pci import pci_address_of
from miner_agent.text import clean_or_none, pool_address

SUMMARY = HttpGet("summary", "/summary")
UUID_DIGITS = 32


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name)
    if summary.count_or_none("success") == 0:
        raise BadPayload("summary.error", summary.at("error").value, "success 1; is its API protected by a key?")
    workloads = [_workload(summary)]
    dual = summary.at("dual_stat")
    if dual.is_object() and dual.at("hashrate").value is not None:
        workloads.append(_workload(dual))
    return MinerSnapshot(
        software="t-rex",
        software_version=clean_or_none(summary.text("version")),
        uptime_seconds=summary.number_or_none("uptime"),
        paused=summary.truth_or_none("paused"),
        workloads=tuple(workloads),
        devices=tuple(_device(gpu) for gpu in summary.items("gpus")),
    )


def _workload(stat: Doc) -> Workload:
    gpus = list(stat.items("gpus"))
    by_gpu = list(stat.items("stat_by_gpu"))
    return Workload(
        algorithm=clean_or_none(stat.text_or_none("algorithm")),
        coin=clean_or_none(stat.text_or_none("coin")),
        hashes_per_second=stat.number_or_none("hashrate"),
        accepted_shares_total=stat.count_or_none("accepted_count"),
        rejected_shares_total=stat.count_or_none("rejected_count"),
        invalid_shares_total=stat.count_or_none("invalid_count"),
        share_difficulty=stat.prefixed_number_or_none("active_pool", "difficulty"),
        pool=pool_address(stat.text_or_none("active_pool", "url")),
        devices=tuple(
            _device_work(gpu, by_gpu[position] if len(by_gpu) == len(gpus) else None)
            for position, gpu in enumerate(gpus)
        ),
    )


def _device_work(gpu: Doc, older_shares: Doc | None) -> DeviceWork:
    shares = gpu.at("shares")
    if shares.value is None and older_shares is not None:
        shares = older_shares
    return DeviceWork(
        device_index=gpu.count("gpu_id"),
        hashes_per_second=gpu.number_or_none("hashrate"),
        accepted_shares_total=shares.count_or_none("accepted_count"),
        rejected_shares_total=shares.count_or_none("rejected_count"),
        invalid_shares_total=shares.count_or_none("invalid_count"),
    )


def _device(gpu: Doc) -> DeviceReading:
    fan_percent = gpu.number_or_none("fan_speed")
    core_clock, memory_clock = gpu.number_or_none("cclock"), gpu.number_or_none("mclock")
    return DeviceReading(
        index=gpu.count("gpu_id"),
        name=clean_or_none(gpu.text_or_none("name")),
        vendor=clean_or_none(gpu.text_or_none("vendor")),
        uuid=_uuid(gpu.text_or_none("uuid")),
        pci_address=pci_address_of(
            gpu.count_or_none("pci_bus"),
            domain=gpu.count_or_none("pci_domain"),
            device=gpu.count_or_none("pci_id"),
        ),
        # 0 is what it prints for a sensor that the card does not have
        core_temperature_celsius=gpu.number_or_none("temperature") or None,
        memory_temperature_celsius=gpu.number_or_none("memory_temperature") or None,
        fan_ratio=None if fan_percent is None else fan_percent / PERCENT_PER_UNIT,
        power_watts=gpu.number_or_none("power") or None,
        core_clock_hertz=None if core_clock is None else core_clock * MEGAHERTZ,
        memory_clock_hertz=None if memory_clock is None else memory_clock * MEGAHERTZ,
    )


def _uuid(digits: str | None) -> str | None:
    """The card's UUID as NVML spells it."""
    if digits is None or len(digits) != UUID_DIGITS or not all(digit in "0123456789abcdef" for digit in digits):
        return None
    return f"GPU-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


DRIVER = Driver(
    name="trex",
    products=("T-Rex",),
    requests=(SUMMARY,),
    parse=parse,
    default_port=4067,
    enable_api="on by default; --api-bind-http 127.0.0.1:4067",
    documentation="https://github.com/trexminer/T-Rex/wiki/API",
)
