"""Finds the files of the configuration, and makes one frozen ``Config`` of them and of the environment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from miner_agent.config.books_keys import refuse_same_rigs
from miner_agent.config.channel_keys import check_channels
from miner_agent.config.configuration import COLLECTORS, ENTRY_LISTS, Config
from miner_agent.config.entries import check_sources, refuse_same_names, refuse_told_keys
from miner_agent.config.environment import overrides, whole_path_in
from miner_agent.config.expected_keys import check_expected
from miner_agent.config.key_types import Table
from miner_agent.config.named_files import Beside, check_path
from miner_agent.config.named_rigs import check_rigs
from miner_agent.config.planned_keys import check_plans
from miner_agent.config.sentences import converted
from miner_agent.config.tariff_terms import check_profit
from miner_agent.config.threshold_keys import check_thresholds
from miner_agent.config.toml_text import parsed, read_toml
from miner_agent.config.words import printable
from miner_agent.errors import NotPermitted
from miner_agent.text import clean_or_none

T = TypeVar("T", bound=Table)
RENDERED = "the configuration in force"
FILE_NAME = "config.toml"
SYSTEM_FOLDER = Path("/etc/miner-agent")


def search(*, given: Path | None, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The files to load, in their order; none where nothing is configured.

    ``--config``, else ``MINER_AGENT_CONFIG``, else ``$XDG_CONFIG_HOME/miner-agent/config.toml``, else
    ``/etc/miner-agent/config.toml``; the last two with the ``conf.d/*.toml`` beside them.

    Raises:
        NotPermitted: this user may not see which there are.
    """
    if given is None and environment.get("MINER_AGENT_CONFIG"):
        given = Path(environment["MINER_AGENT_CONFIG"])
    if given is not None:
        return (given,)
    own = own_folder(environment)
    for directory in [*([own] if own else []), SYSTEM_FOLDER]:
        files = _files_of(directory)
        if files:
            return tuple(files)
    return ()


def own_folder(environment: Mapping[str, str]) -> Path | None:
    """Where this user's configuration lies; ``None`` where nobody says where his home is."""
    folder, home = whole_path_in(environment, "XDG_CONFIG_HOME"), whole_path_in(environment, "HOME")
    if folder is None and home is not None:
        folder = home / ".config"
    return folder / "miner-agent" if folder else None


def load(
    paths: Sequence[Path],
    *,
    environment: Mapping[str, str],
    known_drivers: Iterable[str],
    products: Callable[[], Mapping[str, str]] = dict,
) -> Config:
    """The configuration that ``paths`` and the environment give together; later ones win, miners and meters add up.

    Args:
        paths: of its files.
        environment: of this process.
        known_drivers: their names.
        products: which driver reads which product, asked where an entry names none of the drivers.

    Raises:
        NotPermitted: this user may not read a file.
        ConfigError: one cannot be read, or says something that cannot be done.
    """
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    parts = [(printable(str(path)), path.parent, _told(path)) for path in paths]
    if in_environment := overrides(environment):
        parts.append(("environment", Path(), in_environment))
    config = Config()
    for origin, folder, told in parts:
        beside = Beside(folder, Path(credentials) if credentials else None)
        config = _merged(config, converted(told, Config, origin, beside), told)
    config = msgspec.structs.replace(config, sources=tuple(origin for origin, _, _ in parts))
    check_sources(config.miners, config.meters, collectors=COLLECTORS, drivers=known_drivers, products=products)
    refuse_same_names(config.feeds)
    refuse_same_names(config.payouts)
    refuse_told_keys(config.feeds)
    sources = (*config.miners, *config.meters)
    rigs = {one.rig for one in sources if one.rig is not None}
    check_plans(config.plans)
    check_rigs(config.plans, config.thresholds, rigs=rigs, own_rig=clean_or_none(config.agent.rig))
    check_thresholds(config.thresholds)
    origins = config.origins
    finds = config.discovery.enabled  # miners of this machine: where none is configured, if nothing else is said
    may_find = all(miner.rig is not None for miner in config.miners) if finds is None else finds
    named = [] if may_find else [miner.name for miner in config.miners]
    check_expected(config.expected, miners=named, origins=origins)
    refuse_same_rigs(config.books.rigs, origins)
    check_channels(config.alerts.channels, origins)
    check_profit(config.profit, config.power, config.tariff, config.feeds, origins)
    return config


def reread(rendered: str, *, credentials: Path | None) -> Config:
    """The configuration that another process of ours has ``rendered``, without miners and meters.

    Args:
        rendered: as TOML.
        credentials: the folder of systemd's credentials.

    Raises:
        ConfigError: it is none.
    """
    beside = Beside(Path("/"), credentials)
    return converted(parsed(rendered, RENDERED), Config, RENDERED, beside)


def _told(path: Path) -> dict[str, Any]:
    check_path(path, "--config")
    return read_toml(
        path,
        where_missing="write it, or leave --config and MINER_AGENT_CONFIG away to use the usual files",
        otherwise="name a text file that this user may read, such as with --config",
    )


def _files_of(directory: Path) -> list[Path]:
    """What configuration there is in a directory, in the order in which it holds."""
    check_path(directory, "environment: XDG_CONFIG_HOME")
    main, parts = directory / FILE_NAME, directory / "conf.d"
    try:
        found = [main] if _is_there(main) else []
        if _is_there(parts) and parts.is_dir():
            found += sorted(part for part in parts.iterdir() if part.suffix == ".toml")
        return found
    except PermissionError as error:
        raise NotPermitted(
            f"{error.filename}: permission denied; ask as a user who may read it, or name a file with --config"
        ) from None


def _is_there(path: Path) -> bool:
    """``exists`` and ``glob`` take for absent what this user may not see, in some versions of Python."""
    try:
        path.stat()
    except PermissionError:
        raise
    except OSError:
        return False
    return True


def _merged(base: T, over: T, told: Mapping[str, Any]) -> T:
    """``base`` with every key of ``over`` that was told; lists of entries add up."""
    changes: dict[str, Any] = {}
    for key, value in told.items():
        old, new = getattr(base, key), getattr(over, key)
        if isinstance(old, Table) and isinstance(value, Mapping):
            new = _merged(old, new, value)
        elif key in ENTRY_LISTS and isinstance(base, Config):
            new = (*old, *new)
        changes[key] = new
    return msgspec.structs.replace(base, **changes)
