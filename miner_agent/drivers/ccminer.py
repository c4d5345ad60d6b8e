"""The text API of ccminer and its relatives over TCP: ``KEY=VALUE;KEY=VALUE|`` for each record.

``HS`` is hashes a second and ``KHS`` thousands of them; where both stand ``HS`` is exact, and ``KHS`` is rounded or, in
zjazz, made a million times too large on purpose. cpuminer's threads carry the unit in the key (``kH/s=36.59``). Power
is in milliwatts. ``BUS`` is decimal. ``DIFF`` of ``summary`` is the network's, that of ``pool`` the share's. ``FREQ``
is a nominal clock, in MHz or kHz, and is not read; ``GPUF`` and ``MEMF`` are measured. What one unit of the pool's
``DIFF`` takes follows from the algorithm, and is not known for all of them.

A record ends with ``|``. A list of cards that was cut between two records still looks whole: it is compared with the
number of cards in ``summary``, or with the record of the system that ends ``hwinfo``.
"""

from calculators.units import MILLI_PER_UNIT
from miner_agent.drivers.shared.cards import amount, hertz, ratio
from miner_agent.errors import BadPayload, Unquoted
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, TcpCommand
from miner_agent.sources.foreign_json import TWICE
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

SUMMARY = TcpCommand("summary", b"summary\n")
THREADS = TcpCommand("threads", b"threads\n")
HWINFO = TcpCommand("hwinfo", b"hwinfo\n")
POOL = TcpCommand("pool", b"pool\n")
HASHES_PER_UNIT = {
    "HS": 1.0,
    "H/s": 1.0,
    "KHS": 1e3,
    "kH/s": 1e3,
    "MHS": 1e6,
    "MH/s": 1e6,
    "GHS": 1e9,
    "GH/s": 1e9,
}
"""The keys of a hashrate, the most exact one first."""
HASHES_PER_DIFFICULTY = {
    **dict.fromkeys(("c11", "qubit", "skein", "x11", "x13", "x14", "x15", "x17"), 2.0**32),
    **dict.fromkeys(("bitcore", "groestl", "lbry", "lyra2v2", "lyra2z", "timetravel", "x16r", "x16s"), 2.0**24),
    **dict.fromkeys(("hmq1725", "neoscrypt", "scrypt"), 2.0**16),
}
"""What one unit of a pool's DIFF takes, as ccminer turns it into a target."""


def _hashes_per_second(record: Doc, *, thousands_are_right: bool) -> float | None:
    for key, factor in HASHES_PER_UNIT.items():
        place = record.at(key)
        if place.value is not None and (thousands_are_right or factor == 1):
            number = amount(place)
            return None if number is None else number * factor
    return None


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = _records(payloads, SUMMARY.name)[0]
    told = set(summary.names())
    if "UPTIME" not in told or not told & {"ACC", "ALGO"}:
        raise BadPayload(summary.path, Unquoted(f"{len(told)} others"), "the fields of a summary")
    name = summary.text_or_none("NAME")
    thousands_are_right = not (name or "").lower().startswith("zjazz")
    pool = payloads.optional(POOL.name, lambda: _records(payloads, POOL.name)[0])
    cards = summary.count_or_none("GPUS")
    threads = payloads.optional(THREADS.name, lambda: _threads(payloads, cards)) or {}
    hardware = payloads.optional(HWINFO.name, lambda: _hardware(payloads, cards)) or {}
    address = summary.private_text_or_none("URL")
    algorithm = clean_or_none(summary.text_or_none("ALGO"))
    account, worker = account_and_worker(pool.private_text_or_none("USER") if pool is not None else None)
    if pool is not None:
        address = pool.private_text_or_none("URL") or pool.private_text_or_none("POOL") or address
    return MinerSnapshot(
        software=clean_or_none(name) or "ccminer",
        software_version=clean_or_none(summary.text_or_none("VER")),
        uptime_seconds=summary.number_or_none("UPTIME"),
        pool_connection_seconds=pool.number_or_none("UPTIME") if pool is not None else None,
        workloads=(
            Workload(
                algorithm=algorithm,
                hashes_per_second=_hashes_per_second(summary, thousands_are_right=thousands_are_right),
                accepted_shares_total=summary.count_or_none("ACC"),
                rejected_shares_total=summary.count_or_none("REJ"),
                stale_shares_total=pool.count_or_none("STALE") if pool is not None else None,
                share_difficulty=(pool.number_or_none("DIFF") or None) if pool is not None else None,
                hashes_per_difficulty=HASHES_PER_DIFFICULTY.get(algorithm or ""),
                pool=pool_address(address),
                account_hash=account,
                worker=worker,
                devices=tuple(
                    DeviceWork(
                        device_index=index,
                        hashes_per_second=_hashes_per_second(thread, thousands_are_right=thousands_are_right),
                        accepted_shares_total=thread.count_or_none("ACC"),
                        rejected_shares_total=thread.count_or_none("REJ"),
                        hardware_errors_total=thread.count_or_none("HWF"),
                    )
                    for index, thread in threads.items()
                ),
            ),
        ),
        devices=tuple(
            _device(index, threads.get(index), hardware.get(index)) for index in sorted({*threads, *hardware})
        ),
    )


def _records(payloads: Payloads, name: str) -> list[Doc]:
    """Every record of an answer, one without fields where it says nothing. Refused unless it ends as a record does."""
    text = payloads.text(name).strip(" \t\r\n\0")
    if not text.endswith("|"):
        raise BadPayload(f"{name} at its end", text[-1:], 'the "|" that ends a record; was it cut short?')
    parts = [(place, part) for place, part in enumerate(text[:-1].split("|")) if part.strip()]
    return [Doc(_fields(part, f"{name}[{place}]"), f"{name}[{place}]", payloads.defects) for place, part in parts] or [
        Doc({}, name, payloads.defects)
    ]


def _fields(text: str, path: str) -> dict[str, object]:
    """The fields between two ``|``; of a key that stands twice neither value can be meant."""
    fields: dict[str, object] = {}
    for part in text.strip().removesuffix(";").split(";"):
        key, separator, value = part.partition("=")
        key = key.strip()
        if not separator or not key:
            raise BadPayload(path, Unquoted("a part without it"), "KEY=VALUE throughout")
        fields[key] = TWICE if key in fields else value.strip() or None
    return fields


def _threads(payloads: Payloads, cards: int | None) -> dict[int, Doc]:
    """The record of each card. A processor's threads are no devices."""
    if cards is None:
        return {}
    records = _records(payloads, THREADS.name)
    found = _by_card(records)
    if len(found) != cards and records[0].names():
        raise BadPayload(f"{THREADS.name}: number of cards", len(found), f"{cards}, as in the summary")
    return found


def _hardware(payloads: Payloads, cards: int | None) -> dict[int, Doc]:
    if cards is None:
        return {}
    records = _records(payloads, HWINFO.name)
    found = _by_card(records)
    if "OS" not in records[-1].names() and len(found) != cards and records[0].names():
        raise BadPayload(f"{HWINFO.name}: its last record", Unquoted("another"), "that of the system (OS=...)")
    return found


def _by_card(records: list[Doc]) -> dict[int, Doc]:
    """The records of cards by their number; by their place where one number stands at cards on several buses."""
    cards = [record for record in records if record.value_at("GPU") is not None]
    numbers = [record.count_or_none("GPU") for record in cards]
    buses = {record.count_or_none("BUS") for record in cards} - {None}
    if len(set(numbers)) < len(cards) == len(buses):
        return dict(enumerate(cards))
    return dict(numbered(cards, "GPU"))


def _device(index: int, thread: Doc | None, hardware: Doc | None) -> DeviceReading:
    records = [record for record in (thread, hardware) if record is not None]

    def number(key: str) -> float | None:
        """What either says, and not the 0 or -1 of a card that has no such sensor."""
        for record in records:
            value = record.number_or_none(key)
            if value is not None and value > 0:
                return value
        return None

    temperature, fan, bus = number("TEMP"), number("FAN"), number("BUS")
    if fan is None and temperature is not None and any(record.number_or_none("FAN") == 0 for record in records):
        fan = 0.0  # its sensors work, so its fan stands still
    return DeviceReading(
        index=index,
        name=clean_or_none(next((name for record in records if (name := record.text_or_none("CARD"))), None)),
        pci_address=pci_address_of(int(bus)) if bus is not None else None,
        core_temperature_celsius=temperature,
        fan_ratio=ratio(fan),
        fan_speed_rpm=number("RPM"),
        power_watts=_watts(number("POWER")),
        power_limit_watts=_watts(number("PLIM")),
        core_clock_hertz=hertz(number("GPUF")),
        memory_clock_hertz=hertz(number("MEMF")),
    )


def _watts(milliwatts: float | None) -> float | None:
    """Below one watt it cannot be milliwatts, and what else it is it does not say."""
    return milliwatts / MILLI_PER_UNIT if milliwatts is not None and milliwatts >= MILLI_PER_UNIT else None


DRIVER = Driver(
    name="ccminer",
    products=("ccminer", "cpuminer-opt", "Z-Enemy", "CryptoDredge", "zjazz", "Nevermore", "cudaminer", "T-Rex (text)"),
    requests=(SUMMARY, THREADS, HWINFO, POOL),
    parse=parse,
    default_port=4068,
    enable_api="on by default in ccminer; -b 127.0.0.1:4068",
    documentation="https://github.com/tpruvot/ccminer/wiki/API",
    seen=("Nevermore 0.2.3", "Z-Enemy 1.17", "zjazz 0.971", "cpuminer-opt 3.9.1.1", "T-Rex 0.9.2 (text)"),
    only_read_about="CryptoDredge, cudaminer",
    processes=("ccminer", "cpuminer", "z-enemy", "cryptodredge", "zjazz_cuda", "nevermore", "cudaminer"),
    port_options=("-b", "--api-bind"),
)
