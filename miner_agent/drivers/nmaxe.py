"""NMAxe, NMAxe Gamma and NMQAxe++: their own firmware, at the address of AxeOS and with a nested answer.

One machine is one device. The hashrate is in GH/s and the mean of three minutes; nothing shorter is told. Voltages are
in mV, difficulties are text (``"1.23M"``), ``asic.count`` is how many chips answer. The answer holds the password of
the pool and the name of the wireless network, which are not read. NerdMiner and NMMiner have no API to ask.
"""

from calculators.units import HASHRATE_PREFIX, MILLI_PER_UNIT
from miner_agent.drivers.shared.cards import amount, difficulty, hertz, measured, ratio
from miner_agent.drivers.shared.cgminer_protocol import HASHES_PER_DIFFICULTY
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import account_and_worker, clean_or_none, pool_address

INFO = HttpGet("info", "/api/system/info")
ALGORITHM = "sha256"
WINDOW_SECONDS = 180.0
ONLY = 0


def parse(payloads: Payloads) -> MinerSnapshot:
    info = payloads.json(INFO.name).shaped("miner", "identity")
    miner, identity, stratum = info.at("miner"), info.at("identity"), info.at("stratum")
    if not miner.is_object():
        miner.expected("an object; AxeOS, which tells the same in one row, is read by bitaxe")
    gigahashes = amount(miner, "hashRate")
    hashes = None if gigahashes is None else gigahashes * HASHRATE_PREFIX["G"]
    account, worker = account_and_worker(stratum.private_text_or_none("user"))
    return MinerSnapshot(
        software="nmaxe",
        software_version=clean_or_none(identity.text_or_none("fwVersion")),
        uptime_seconds=miner.number_or_none("uptimeSeconds"),
        product=clean_or_none(identity.text_or_none("hwModel")),
        power_watts=measured(info.at("power"), "power"),
        fan_speeds_rpm=tuple(amount(fan, "rpm") for fan in info.items("fans")),
        workloads=(
            Workload(
                algorithm=ALGORITHM,
                hashes_per_second=hashes,
                hashrate_window_seconds=WINDOW_SECONDS,
                accepted_shares_total=miner.count_or_none("sAccepted"),
                rejected_shares_total=miner.count_or_none("sRejected"),
                found_blocks_total=miner.count_or_none("blkhits"),
                best_difficulty=difficulty(miner.at("bestDiffEver")),
                session_best_difficulty=difficulty(miner.at("bestDiffSession")),
                share_difficulty=difficulty(miner.at("poolDiff")),
                hashes_per_difficulty=HASHES_PER_DIFFICULTY[ALGORITHM],
                pool=pool_address(stratum.private_text_or_none("url")),
                account_hash=account,
                worker=worker,
                devices=(DeviceWork(device_index=ONLY, hashes_per_second=hashes),),
            ),
        ),
        devices=(_device(info),),
    )


def _device(info: Doc) -> DeviceReading:
    asic, temperatures = info.at("asic"), info.at("temps")
    millivolts = measured(asic, "vcoreReal")
    fan = next(info.items("fans"), Doc(None, info.path))  # the second one cools the regulator
    return DeviceReading(
        index=ONLY,
        kind=DeviceKind.HASHBOARD,
        name=clean_or_none(asic.text_or_none("model")),
        core_temperature_celsius=measured(temperatures, "asic"),
        vrm_temperature_celsius=measured(temperatures, "vcore"),
        fan_ratio=ratio(fan.number_or_none("speed")),
        fan_speed_rpm=amount(fan, "rpm"),
        voltage_volts=None if millivolts is None else millivolts / MILLI_PER_UNIT,
        power_watts=measured(info.at("power"), "power"),
        core_clock_hertz=hertz(asic.number_or_none("freqReq")),
        chips=asic.count_or_none("count"),
    )


DRIVER = Driver(
    name="nmaxe",
    products=("NMAxe", "NMAxe Gamma", "NMQAxe++"),
    requests=(INFO,),
    parse=parse,
    default_port=80,
    enable_api="on by default; keep it in your own network: it takes writes without a password",
    documentation="https://github.com/NMminer1024/ESP-Miner-NMAxe/blob/main/docs/API.md",
    only_read_about="all of it",
)
