"""The configuration that holds for this machine, and what it says without asking anyone."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from miner_agent import drivers
from miner_agent.assembly import miner_sources, web_access
from miner_agent.assembly.unsaid import alerts_owner, rig_name
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.config.entries import SourceEntry
from miner_agent.config.named_files import check_readable, read_secret
from miner_agent.config.named_rigs import check_channel_rigs
from miner_agent.errors import ConfigError
from miner_agent.model.algorithms import Algorithms
from miner_agent.model.expected import ExpectedRig
from miner_agent.model.hashrate_expectations import HashrateExpectations
from miner_agent.model.temperature_limits import TemperatureLimits
from miner_agent.notifying.prepared_channels import PreparedAlerts, prepared
from miner_agent.tables.rated_hashrates import load_rated
from miner_agent.tables.spellings import load_algorithms
from miner_agent.tables.temperature_table import load_temperatures


def load_config(given: Path | None, environment: Mapping[str, str]) -> Config:
    """The configuration that holds for this user and machine, checked as far as that goes without asking anyone."""
    paths = loading.search(given=given, environment=environment)
    loaded = loading.load(paths, environment=environment, known_drivers=drivers.names(), products=drivers.products)
    for miner in loaded.miners:
        miner_sources.of_miner(miner)
        _refuse_own_name(miner, loaded)
    for meter in loaded.meters:
        miner_sources.of_meter(meter)
        _refuse_own_name(meter, loaded)
    if loaded.feeds:
        from miner_agent.market import markets

        for entry in loaded.feeds:
            markets.settings_of(entry)
    check_channel_rigs(loaded.alerts.channels, miner_sources.rigs(loaded), rig_name(loaded))
    web_access.read_access(loaded, environment)
    alert_channels(loaded)
    return loaded


def read_named_files(loaded: Config) -> None:
    """Look at the files that keys name and nobody needs before something is asked: feeds, pools, other rigs, tables.

    Raises:
        NotPermitted: this user may not read one of them.
        ConfigError: one cannot be read, or holds what cannot be.
    """
    from miner_agent.market import markets
    from miner_agent.tables.coin_table import load_coins
    from miner_agent.tables.hardware_table import load_hardware

    for feed in loaded.feeds:
        markets.key_of(feed)
        if feed.file is not None:
            check_readable(feed.file, place=feed.place, key="file", mend="name the file of prices or rates")
    for payouts in loaded.payouts:
        if payouts.key_file is not None:
            read_secret(payouts.key_file, place=payouts.place, key="key_file", what="key")
    for rig in loaded.books.rigs:
        place = f"[[books.rigs]] {rig.name}"
        if rig.key_file is not None:
            read_secret(rig.key_file, place=place, key="key_file", what="user and password")
        if rig.ca_file is not None:
            mend = "write the certificate there that signs the rig's"
            check_readable(rig.ca_file, place=place, key="ca_file", mend=mend)
    load_coins(loaded.catalog_file)
    load_hardware(loaded.catalog_file)


def _refuse_own_name(entry: SourceEntry, loaded: Config) -> None:
    if entry.rig == rig_name(loaded):
        raise ConfigError(
            f'{entry.place}: rig = "{entry.rig}" is the name of this machine; leave rig away if this machine is meant, '
            "else give it another name with [agent] rig"
        )


def alert_channels(loaded: Config) -> PreparedAlerts:
    """By what people are told, with what the files hold that say where they are. None where Prometheus tells them.

    Raises:
        NotPermitted: this user may not read one of the files.
        ConfigError: one cannot be read, or holds what cannot be.
    """
    told = prepared(loaded.alerts, rig=rig_name(loaded))
    return told if alerts_owner(loaded) == "local" else replace(told, channels=())


def algorithms(loaded: Config) -> Algorithms:
    """What algorithms are called, with the words of the user's own tables.

    Raises:
        ConfigError: those cannot be read.
    """
    return load_algorithms(loaded.catalog_file)


def temperature_limits(loaded: Config) -> TemperatureLimits:
    """From which temperature on sensors are to be told of."""
    return TemperatureLimits(told=tuple(one.rule for one in loaded.thresholds), usual=load_temperatures())


def expected_hashrates(loaded: Config) -> HashrateExpectations:
    """What miners and devices should make, beside what is learnt.

    Raises:
        ConfigError: the user's own tables cannot be read.
    """
    words = algorithms(loaded)
    rules = (one.rule for one in loaded.expected.hashrates)
    return HashrateExpectations(
        told=tuple(replace(rule, algorithm=words.spelled(rule.algorithm)) for rule in rules),
        rated=load_rated(loaded.catalog_file),
    )


def expected(loaded: Config) -> ExpectedRig:
    """What this machine should have, beside what is said of each of its miners."""
    told = loaded.expected
    return ExpectedRig(devices_expected=told.devices, power_limits=tuple(one.rule for one in told.power_limits))
