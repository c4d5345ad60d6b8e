"""From what is written of a miner or a meter to a source that can be asked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from calculators.nearest_words import suggestion
from miner_agent import drivers
from miner_agent.config.configuration import Config
from miner_agent.config.entries import Meter, Miner, read_token
from miner_agent.config.key_types import plain_fingerprint
from miner_agent.config.named_files import SecretFile
from miner_agent.errors import ConfigError
from miner_agent.sources.driver import Driver, MeterOptions
from miner_agent.text import clean_text
from miner_agent.tick.pipeline import MinerSource
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Endpoint


def of_miner(miner: Miner) -> MinerSource:
    """Where a configured miner is asked, with its driver. ``ConfigError`` where that cannot be."""
    driver = drivers.load(miner.driver)
    if driver.kind != "miner":
        raise ConfigError(f'{miner.place}: driver = "{driver.name}" reads a meter; write it under [[meters]]')
    address = miner.address
    if address is None:
        if driver.default_port is None:
            raise ConfigError(
                f'{miner.place}: key "address" is missing, and {driver.products[0]} has {driver.usual_place}; '
                f"switch its API on ({driver.enable_api}) and write where it is"
            )
        address = f"127.0.0.1:{driver.default_port}"
    return MinerSource(
        name=miner.name,
        driver=driver,
        endpoint=_endpoint(miner, driver, address),
        wanted=Destination.of(pools=miner.pool, accounts=miner.account, workers=miner.worker),
        start_grace_seconds=miner.start_grace_seconds,
        workers_shown=miner.workers_shown,
        boards_expected=miner.boards,
        fans_expected=miner.fans,
    )


def of_meter(meter: Meter) -> MinerSource:
    """The same for a meter."""
    driver = drivers.load(meter.driver)
    if driver.kind != "meter" or driver.configured is None:
        raise ConfigError(f'{meter.place}: driver = "{driver.name}" reads a miner; write it under [[miners]]')
    for key in ("token_file", "channel", "request", "power", "energy"):
        if key not in driver.takes and getattr(meter, key) is not None:
            raise ConfigError(f'{meter.place}: key "{key}" means nothing to driver "{driver.name}"; leave it away')
    options = MeterOptions(channel=meter.channel, request=meter.request, power=meter.power, energy=meter.energy)
    try:
        driver = replace(driver.configured(options), options=options)
    except ValueError as error:
        raise ConfigError(f"{meter.place}: {error}") from None
    return MinerSource(name=meter.name, driver=driver, endpoint=_endpoint(meter, driver, meter.address))


def source_at(
    driver: str, address: str, token_file: Path | None, tls_fingerprint_sha256: str | None = None
) -> MinerSource:
    """A source that was named on the command line.

    Raises:
        ConfigError: there is no such driver, or that is no address, or no fingerprint.
    """
    known = drivers.names()
    if driver not in known:
        raise ConfigError(
            f"driver {clean_text(driver)!r} is not known; {suggestion(driver, known, everyday=drivers.products())}"
        )
    entry: dict[str, Any] = {
        "place": "command line",
        "name": driver,
        "driver": driver,
        "address": address,
        "token_file": None if token_file is None else SecretFile(token_file),
        "tls_fingerprint_sha256": tls_fingerprint_sha256,
    }
    return of_meter(Meter(**entry)) if drivers.load(driver).kind == "meter" else of_miner(Miner(**entry))


def rigs(loaded: Config) -> dict[str, list[MinerSource]]:
    """The miners and meters of every other machine that this agent reads, by the rig's name."""
    found: dict[str, list[MinerSource]] = {}
    for miner in loaded.miners:
        if miner.rig is not None:
            found.setdefault(miner.rig, []).append(of_miner(miner))
    for meter in loaded.meters:
        if meter.rig is not None:
            found.setdefault(meter.rig, []).append(of_meter(meter))
    return found


def _endpoint(entry: Miner | Meter, driver: Driver, address: str) -> Endpoint:
    try:
        endpoint = Endpoint.parse(address, default_scheme=driver.scheme, default_port=driver.default_port)
    except ValueError as error:
        raise ConfigError(f"{entry.place}: address: {error}") from None
    if endpoint.scheme.removesuffix("s") != driver.scheme:
        raise ConfigError(f"{entry.place}: address: {driver.name} speaks {driver.scheme}, not {endpoint.scheme}")
    try:
        return replace(endpoint, token=read_token(entry), fingerprint=plain_fingerprint(entry.tls_fingerprint_sha256))
    except ValueError as error:
        raise ConfigError(f"{entry.place}: {error}") from None
