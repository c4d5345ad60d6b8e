"""TeamRedMiner, sgminer-compatible API.

The window of a hashrate stands in its key and follows ``--log_interval``: ``KHS 30s``, ``KHS 120s``. ``KHS`` is read
rather than ``MHS``, which is printed with fewer digits. A second algorithm answers to the same commands with the
suffix 2, a third one with 3; where there is none, they are refused. Sensors are only in ``devs``, cards' names only in
``devdetails``.

The pool's difficulty is told of the last share only. For CryptoNight it counts hashes, as its recorded answers show;
what it stands for elsewhere is not known.
"""

import re

from miner_agent.drivers.shared.cards import amount, hertz, measured, ratio, total
from miner_agent.drivers.shared.cgminer_pools import pools_listed
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address
from miner_agent.sources.driver import Driver, TcpCommand
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

DEVS = TcpCommand("devs", b'{"command":"devs"}')
SUMMARY = TcpCommand("summary", b'{"command":"summary"}')
POOLS = TcpCommand("pools", b'{"command":"pools"}')
DETAILS = TcpCommand("devdetails", b'{"command":"devdetails"}')
FURTHER = tuple(
    tuple(
        TcpCommand(f"{name}{suffix}", f'{{"command":"{name}{suffix}"}}'.encode())
        for name in ("devs", "summary", "pools")
    )
    for suffix in (2, 3)
)
"""The same commands for each further algorithm."""
NAME = "TeamRedMiner "
CRYPTONIGHT = "cn"
_HASHRATE = re.compile(r"([KMG]?)HS (\d{1,6})s", re.ASCII)
_FACTOR = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9}
_PATH = re.compile(r"([0-9a-f]{1,2}:[0-9a-f]{1,2}):([0-7])", re.ASCII | re.IGNORECASE)


def parse(payloads: Payloads) -> MinerSnapshot:
    devs = payloads.json(DEVS.name)
    description = devs.text_or_none("STATUS", 0, "Description")
    if not devs.at("DEVS").is_list():
        devs.at("STATUS", 0, "Msg").expected("the cards; does it allow devs?")
    if description is None:
        for dev in devs.items("DEVS"):
            dev.shaped("GPU", "GPU Clock")  # others of this protocol list devices as well
    details = payloads.json_or_none(DETAILS.name)
    described = dict(numbered(details.items("DEVDETAILS"), "ID")) if details is not None else {}
    summary = payloads.json_or_none(SUMMARY.name)
    workloads = [_workload(devs, summary, payloads.json_or_none(POOLS.name))]
    for further in FURTHER:
        its_devs, its_summary, its_pools = (payloads.json_or_none(request.name) for request in further)
        if its_devs is not None and its_devs.at("DEVS").is_list():
            workloads.append(_workload(its_devs, its_summary, its_pools))
    return MinerSnapshot(
        software="teamredminer",
        software_version=clean_or_none(description and description.removeprefix(NAME)),
        uptime_seconds=summary.number_or_none("SUMMARY", 0, "Elapsed") if summary is not None else None,
        workloads=tuple(workloads),
        devices=tuple(_device(index, dev, described.get(index)) for index, dev in numbered(devs.items("DEVS"), "GPU")),
    )


def _workload(devs: Doc, summary: Doc | None, pools: Doc | None) -> Workload:
    cards = numbered(devs.items("DEVS"), "GPU")
    rates = [_hashrate(dev) for _, dev in cards]
    works = tuple(
        DeviceWork(
            device_index=index,
            hashes_per_second=hashes_per_second,
            accepted_shares_total=dev.count_or_none("Accepted"),
            rejected_shares_total=dev.count_or_none("Rejected"),
            hardware_errors_total=dev.count_or_none("Hardware Errors"),
        )
        for (index, dev), (hashes_per_second, _) in zip(cards, rates, strict=True)
    )
    whole = summary.at("SUMMARY", 0) if summary is not None else Doc(None, SUMMARY.name)
    hashes_per_second, window_seconds = _hashrate(whole)
    if hashes_per_second is None:
        hashes_per_second = total([work.hashes_per_second for work in works])
        windows = {window for _, window in rates}
        window_seconds = windows.pop() if len(windows) == 1 else None

    def counted(key: str, by_card: list[int | None]) -> int | None:
        said = whole.at(key)
        return said.count_or_none() if said.value is not None else total(by_card)

    listed = list(pools.items("POOLS")) if pools is not None else []
    active = [pool for pool in listed if pool.truth_or_none("Stratum Active")]
    pool = (active or listed or [Doc(None, POOLS.name)])[0]
    algorithm = clean_or_none(pool.text_or_none("Algorithm"))
    account, worker = account_and_worker(pool.private_text_or_none("User"))
    told = whole.at("Difficulty Accepted")
    accepted_difficulty = (
        amount(told) if told.value is not None else total([amount(dev, "Difficulty Accepted") for _, dev in cards])
    )
    return Workload(
        algorithm=algorithm,
        hashes_per_second=hashes_per_second,
        hashrate_window_seconds=window_seconds,
        accepted_shares_total=counted("Accepted", [work.accepted_shares_total for work in works]),
        rejected_shares_total=counted("Rejected", [work.rejected_shares_total for work in works]),
        stale_shares_total=counted("Stale", [pool.count_or_none("Stale") for pool in listed]),
        hardware_errors_total=counted("Hardware Errors", [work.hardware_errors_total for work in works]),
        share_difficulty=measured(pool, "Last Share Difficulty"),
        hashes_per_difficulty=1.0 if (algorithm or "").startswith(CRYPTONIGHT) else None,
        accepted_difficulty_total=accepted_difficulty,
        pool=pool_address(pool.private_text_or_none("URL")),
        account_hash=account,
        worker=worker,
        devices=works,
        pools=pools_listed(listed),
    )


def _hashrate(holder: Doc) -> tuple[float | None, float | None]:
    """The hashrate over the shortest window, in its finest unit, and that window; both unknown where there is none."""
    found = [
        (int(key[2]), _FACTOR[key[1]], place)
        for name, place in holder.entries()
        if (key := _HASHRATE.fullmatch(name)) is not None and place.value is not None
    ]
    if not found:
        return None, None
    window, factor, place = min(found, key=lambda one: one[:2])
    rate = amount(place)
    return None if rate is None else rate * factor, float(window)


def _device(index: int, dev: Doc, detail: Doc | None) -> DeviceReading:
    fan_percent, fan_speed_rpm = amount(dev, "Fan Percent"), amount(dev, "Fan Speed")
    no_percent = fan_percent is None and dev.value_at("Fan Percent") is not None
    return DeviceReading(
        index=index,
        name=clean_or_none(detail.text_or_none("Model")) if detail is not None else None,
        pci_address=_address(detail.text_or_none("Device Path")) if detail is not None else None,
        core_temperature_celsius=measured(dev, "Temperature"),
        memory_temperature_celsius=measured(dev, "TemperatureMem"),
        hotspot_temperature_celsius=measured(dev, "TemperatureJnct"),
        fan_ratio=ratio(fan_percent),
        # newer cards tell a percentage only, and 0 turns
        fan_speed_rpm=None if fan_speed_rpm == 0 and (fan_percent or no_percent) else fan_speed_rpm,
        power_watts=measured(dev, "GPU Power"),
        voltage_volts=measured(dev, "GPU Voltage"),
        core_clock_hertz=hertz(dev.number_or_none("GPU Clock")),
        memory_clock_hertz=hertz(dev.number_or_none("Memory Clock")),
    )


def _address(path: str | None) -> str | None:
    """``03:00:0`` is ``03:00.0`` with another mark before the function."""
    found = _PATH.fullmatch(path.strip()) if path else None
    return pci_address(f"{found[1]}.{found[2]}") if found else pci_address(path)


DRIVER = Driver(
    name="teamredminer",
    products=("TeamRedMiner",),
    requests=(DEVS, SUMMARY, POOLS, DETAILS, *FURTHER[0], *FURTHER[1]),
    parse=parse,
    default_port=4028,
    enable_api="--api_listen=127.0.0.1:4028",
    documentation="https://github.com/todxx/teamredminer/blob/master/doc/TRM_DUAL_MINING_API.txt",
    seen=("0.3.8",),
    only_read_about="summary, the power of a card, a second and a third algorithm",
    processes=("teamredminer",),
    port_options=("--api_listen",),
)
