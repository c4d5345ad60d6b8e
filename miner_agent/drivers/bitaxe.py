"""AxeOS, the firmware of Bitaxe and its relatives, versions 2.x.

One machine is one device: its chips, its fan and its power are measured together. Hashrates are in GH/s, and the
averages over named windows came later than ``hashRate``, whose width is not told. -1 is a sensor that is not there.
Voltages are in mV. ``asicCount`` is how many chips the model has; how many answer is not told.
"""

from collections.abc import Iterator

from calculators.units import HASHRATE_PREFIX, MILLI_PER_UNIT
from miner_agent.drivers.shared.cards import (
    amount,
    difficulty,
    fan_speeds,
    first,
    hertz,
    joined_address,
    measured,
    ratio,
)
from miner_agent.drivers.shared.cgminer_protocol import HASHES_PER_DIFFICULTY
from miner_agent.model.devices import DeviceKind, DevicePart, DeviceReading, DeviceWork
from miner_agent.model.faults import FirmwareFault
from miner_agent.model.readings import ListedPool, MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import account_and_worker, clean_or_none

INFO = HttpGet("info", "/api/system/info")
ASIC = HttpGet("asic", "/api/system/asic")
ALGORITHM = "sha256"
ONLY = 0
FANS = ("fanrpm", "fan2rpm")


def parse(payloads: Payloads) -> MinerSnapshot:
    info = payloads.json(INFO.name).shaped("hashRate", "ASICModel")
    asic = payloads.json_or_none(ASIC.name)
    gigahashes = info.number_or_none("hashRate")
    hashes = None if gigahashes is None else gigahashes * HASHRATE_PREFIX["G"]
    accepted, rejected = info.count_or_none("sharesAccepted"), info.count_or_none("sharesRejected")
    chip = clean_or_none(info.text_or_none("ASICModel"))
    places = [info] if asic is None else [info, asic]
    model = next((name for place in places if (name := place.text_or_none("deviceModel"))), None)
    chips = next((count for place in places if (count := place.count_or_none("asicCount"))), None)
    fallback = info.truth_or_none("isUsingFallbackStratum")  # the pool in use
    in_use = Doc(None, info.path) if fallback is None and info.value_at("isUsingFallbackStratum") is not None else info
    account, worker = account_and_worker(
        in_use.private_text_or_none("fallbackStratumUser" if fallback else "stratumUser")
    )
    return MinerSnapshot(
        software="axeos",
        software_version=clean_or_none(info.text_or_none("version")),
        uptime_seconds=info.number_or_none("uptimeSeconds"),
        paused=info.truth_or_none("miningPaused"),
        product=clean_or_none(model) or chip,
        power_watts=measured(info, "power"),
        fan_speeds_rpm=fan_speeds(info, FANS),
        faults=_faults(info),
        workloads=(
            Workload(
                algorithm=ALGORITHM,
                hashes_per_second=hashes,
                accepted_shares_total=accepted,
                rejected_shares_total=rejected,
                nominal_hashes_per_second=_gigahashes(info.at("expectedHashrate")),
                found_blocks_total=first(info, "totalFoundBlocks", "blockFound", "foundBlocks").count_or_none(),
                best_difficulty=difficulty(info.at("bestDiff")),
                session_best_difficulty=difficulty(info.at("bestSessionDiff")),
                share_difficulty=measured(info, "poolDifficulty") or measured(info, "stratumDiff"),
                hashes_per_difficulty=HASHES_PER_DIFFICULTY[ALGORITHM],
                pool=_pool(in_use, "fallbackStratum" if fallback else "stratum"),
                account_hash=account,
                worker=worker,
                devices=(DeviceWork(device_index=ONLY, hashes_per_second=hashes),),
                pools=tuple(_pools(info, fallback)),
            ),
        ),
        devices=(_device(info, chip, chips),),
    )


def _faults(info: Doc) -> tuple[FirmwareFault, ...] | None:
    if info.value_at("overheat_mode") is None:
        return None
    faults = []
    if info.truth_or_none("overheat_mode"):
        faults.append(FirmwareFault(code="overheat_mode", words="it was too hot and went down to its lowest clock"))
    if info.value_at("power_fault") is not None:
        faults.append(FirmwareFault(code="power_fault", words=clean_or_none(info.text_or_none("power_fault"))))
    return tuple(faults)


def _device(info: Doc, chip: str | None, chips: int | None) -> DeviceReading:
    temperatures = [measured(info, key) for key in ("temp", "temp2")]
    millivolts = measured(info, "coreVoltageActual")
    return DeviceReading(
        index=ONLY,
        kind=DeviceKind.HASHBOARD,
        name=chip,
        core_temperature_celsius=max((known for known in temperatures if known is not None), default=None),
        vrm_temperature_celsius=measured(info, "vrTemp"),
        fan_ratio=ratio(info.number_or_none("fanspeed")),
        fan_speed_rpm=amount(info, "fanrpm"),
        voltage_volts=None if millivolts is None else millivolts / MILLI_PER_UNIT,
        power_watts=measured(info, "power"),
        core_clock_hertz=hertz(info.number_or_none("frequency")),
        chips_expected=chips,
        parts=tuple(_parts(info)),
    )


def _gigahashes(place: Doc) -> float | None:
    """A hashrate that is told in GH/s [H/s]."""
    told = amount(place)
    return None if told is None else told * HASHRATE_PREFIX["G"]


def _parts(info: Doc) -> Iterator[DevicePart]:
    """Its chips: what each does, in all and by domain (AxeOS), or how hot each is (NerdQAxe)."""
    chips = list(info.items("hashrateMonitor", "asics"))
    temperatures = list(info.items("asicTemps"))
    for number in range(max(len(chips), len(temperatures))):
        chip = chips[number] if number < len(chips) else Doc(None, info.path)
        degrees = temperatures[number].number_or_none() if number < len(temperatures) else None
        yield DevicePart(
            number=number,
            hashes_per_second=_gigahashes(chip.at("total")),
            hotspot_temperature_celsius=degrees if degrees is not None and degrees > 0 else None,
            errors_total=chip.count_or_none("errorCount"),
            domain_hashes_per_second=tuple(_gigahashes(domain) for domain in chip.items("domains")),
        )


def _pools(info: Doc, fallback: bool | None) -> Iterator[ListedPool]:  # noqa: FBT001
    """The first one and the one behind it, as far as they are set up."""
    for number, start in enumerate(("stratum", "fallbackStratum")):
        address = _pool(info, start)
        if address is not None:
            active = None if fallback is None else fallback is bool(number)
            yield ListedPool(number=number, pool=address, active=active)


def _pool(info: Doc, start: str) -> str | None:
    return joined_address(info.at(f"{start}URL"), info.at(f"{start}Port"))


DRIVER = Driver(
    name="bitaxe",
    products=("Bitaxe", "NerdQAxe", "AxeOS"),
    requests=(INFO, ASIC),
    parse=parse,
    default_port=80,
    enable_api="on by default; keep it in your own network: it takes writes without a password",
    documentation="https://github.com/bitaxeorg/ESP-Miner/blob/master/main/http_server/openapi.yaml",
    seen=("2.4.5 (BM1368)",),
    only_read_about="AxeOS 2.6 to 2.12, NerdQAxe",
)
