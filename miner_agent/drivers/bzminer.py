"""BzMiner, HTTP API. Read from its field list only.

A card's numbers are lists, one place for each algorithm; ``pool`` tells to which entry of ``pools`` a place belongs,
and without it they stand in their order. There is no total: the cards are added. Version 9 listed a pool that nothing
mines on. Processors (``vendor`` 4) count towards the total and are no cards. The bus is decimal. ``/rig_command``
starts and stops the miner and is never asked. What its ``difficulty`` counts is not known.
"""

from miner_agent.drivers.shared.cards import amount, hertz, measured, ratio, total
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import account_and_worker, clean_or_none, pool_address

STATUS = HttpGet("status", "/status")
PROCESSOR = 4
COUNTS = ("valid_solutions", "rejected_solutions", "stale_solutions", "invalid_solutions")


def parse(payloads: Payloads) -> MinerSnapshot:
    status = payloads.json(STATUS.name).shaped("bzminer_version")
    if not status.at("devices").is_list():
        status.at("devices").expected("a list of cards")
    works: dict[int, list[tuple[bool, DeviceWork]]] = {}
    devices, is_whole = [], True
    says_vendor = any(device.value_at("vendor") is not None for device in status.items("devices"))
    for index, device in enumerate(status.items("devices")):
        vendor = device.count_or_none("vendor")
        is_card = vendor != PROCESSOR and (vendor is not None or not says_vendor)
        if is_card:
            devices.append(_device(index, device))
        own = _works(index, device)
        is_whole = is_whole and own is not None
        for pool, work in own or ():
            works.setdefault(pool, []).append((is_card, work))
    pools = _pools(status)
    mined = [
        number
        for number in sorted(works)
        if number == min(works) or any(_says_something(work) for _, work in works[number])
    ]
    return MinerSnapshot(
        software="bzminer",
        software_version=clean_or_none(status.text_or_none("bzminer_version")),
        uptime_seconds=status.number_or_none("uptime_s"),
        workloads=tuple(
            _workload(pools.get(number, Doc(None, "pools")), works[number], is_whole=is_whole) for number in mined
        ),
        devices=tuple(devices),
    )


def _works(index: int, device: Doc) -> list[tuple[int, DeviceWork]] | None:
    """What a device does for each pool, by the pool's number; ``None`` where it cannot be known for which."""
    if not device.is_object():
        device.doubt_kind("a card")
        return None
    places = list(device.items("pool")) if device.at("pool").is_list() else []
    owners = [place.count_or_none() for place in places]
    if any(owner is None and place.value is not None for owner, place in zip(owners, places, strict=True)):
        return None
    rates = list(device.items("hashrate"))
    found: dict[int, DeviceWork] = {}
    for place, rate in enumerate(rates):
        owner = owners[place] if len(owners) == len(rates) else place
        if owner is None:
            if not amount(rate):
                continue
            places[place].doubt("the pool that it works for")
            return None
        if owner in found:
            rate.doubt("each pool once")
            return None
        accepted, rejected, stale, invalid = (device.count_or_none(key, place) for key in COUNTS)
        found[owner] = DeviceWork(
            device_index=index,
            hashes_per_second=amount(rate),
            accepted_shares_total=accepted,
            rejected_shares_total=rejected,
            stale_shares_total=stale,
            invalid_shares_total=invalid,
        )
    return list(found.items())


def _says_something(work: DeviceWork) -> bool:
    return bool(work.hashes_per_second or work.accepted_shares_total or work.rejected_shares_total)


def _pools(status: Doc) -> dict[int, Doc]:
    found: dict[int, Doc] = {}
    for place, pool in enumerate(status.items("pools")):
        number = pool.count_or_none("id")
        found[place if number is None else number] = pool
    return found


def _workload(pool: Doc, works: list[tuple[bool, DeviceWork]], *, is_whole: bool) -> Workload:
    every = [work for _, work in works] if is_whole else []
    account, worker = account_and_worker(pool.private_text_or_none("wallet"))
    return Workload(
        algorithm=clean_or_none(pool.text_or_none("algorithm")),
        hashes_per_second=total([work.hashes_per_second for work in every]),
        accepted_shares_total=total([work.accepted_shares_total for work in every]),
        rejected_shares_total=total([work.rejected_shares_total for work in every]),
        stale_shares_total=total([work.stale_shares_total for work in every]),
        invalid_shares_total=total([work.invalid_shares_total for work in every]),
        pool=pool_address(pool.private_text_or_none("current_url")),
        account_hash=account,
        worker=worker,
        devices=tuple(work for is_card, work in works if is_card),
    )


def _device(index: int, card: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        name=clean_or_none(card.text_or_none("name")),
        pci_address=pci_address_of(card.count_or_none("pci_bus_id")),
        core_temperature_celsius=measured(card, "core_temp"),
        memory_temperature_celsius=measured(card, "mem_temp"),
        fan_ratio=ratio(card.number_or_none("fan")),
        power_watts=measured(card, "power"),
        core_clock_hertz=hertz(card.number_or_none("clock_rate")),
        memory_clock_hertz=hertz(card.number_or_none("memory_rate")),
    )


DRIVER = Driver(
    name="bzminer",
    products=("BzMiner",),
    requests=(STATUS,),
    parse=parse,
    default_port=4014,
    enable_api="on by default and for everybody; --http_address 127.0.0.1 --http_port 4014",
    documentation="https://github.com/bzminer/bzminer",
    only_read_about="all of it",
    processes=("bzminer",),
    port_options=("--http_port",),
)
