"""Configuration: TOML in, one frozen ``Config`` out, or one sentence that says where and what to do."""

import ipaddress
import math
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_args

import msgspec
from msgspec import Meta, Struct

from miner_agent.config.money_tables import (
    FeedEntry,
    FeedTable,
    PowerTable,
    ProfitTable,
    TariffTable,
    feed_entry,
    with_whole_paths,
)
from miner_agent.config.money_tables import check as check_profit
from miner_agent.config.money_tables import rendered as rendered_profit
from miner_agent.config.words import Seconds, Table, Text, check_path, did_you_mean, path_of, quoted, shown
from miner_agent.errors import ConfigError, NotPermitted
from miner_agent.text import clean_text, pool_address

ENVIRONMENT_PREFIX = "MINER_AGENT__"
_LISTS = ("miners", "meters", "feeds")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", re.ASCII)
METERS = "meter"  # `meter/NAME` is a meter among devices, as `NAME/N` is a card of a miner
LOCAL_HOSTS = frozenset({"localhost"})  # by name only; `web.host.bind` looks at what it stands for

_TOKEN = re.compile(r"[!-~]+")  # what an HTTP header can carry without a blank


class AgentTable(Table, frozen=True):
    """``[agent]``"""

    interval_seconds: Seconds = 10.0
    state_directory: Text | None = None
    rig: Text | None = None


class HttpTable(Table, frozen=True):
    """``[http]``"""

    listen: Text = "127.0.0.1:9877"


class MinerTable(Table, frozen=True):
    """``[[miners]]``"""

    name: Text
    driver: Text
    address: Text | None = None
    token_file: Text | None = None
    rig: Text | None = None
    pool: Text | tuple[Text, ...] | None = None
    account: Text | tuple[Text, ...] | None = None
    worker: Text | tuple[Text, ...] | None = None


class MeterTable(Table, frozen=True):
    """``[[meters]]``"""

    name: Text
    driver: Text
    address: Text
    token_file: Text | None = None
    rig: Text | None = None
    channel: Annotated[int, Meta(ge=0, le=63)] | None = None
    request: Text | None = None
    power: Text | None = None
    energy: Text | None = None


class DiscoveryTable(Table, frozen=True):
    """``[discovery]``"""

    enabled: bool | None = None


class GatewayTable(Table, frozen=True):
    """``[gateway]``"""

    interval_seconds: Seconds = 30.0


class NvmlTable(Table, frozen=True):
    """``[collectors.nvml]``"""

    enabled: bool | None = None


class AmdgpuTable(Table, frozen=True):
    """``[collectors.amdgpu]``"""

    enabled: bool | None = None


class HostTable(Table, frozen=True):
    """``[collectors.host]``"""

    enabled: bool = True


class CollectorsTable(Table, frozen=True):
    """``[collectors]``"""

    sysfs: Text = "/sys"
    procfs: Text = "/proc"
    nvml: NvmlTable = NvmlTable()
    amdgpu: AmdgpuTable = AmdgpuTable()
    host: HostTable = HostTable()


class File(Table, frozen=True):
    """A whole configuration file."""

    agent: AgentTable = AgentTable()
    http: HttpTable = HttpTable()
    miners: tuple[MinerTable, ...] = ()
    meters: tuple[MeterTable, ...] = ()
    discovery: DiscoveryTable = DiscoveryTable()
    gateway: GatewayTable = GatewayTable()
    collectors: CollectorsTable = CollectorsTable()
    profit: ProfitTable = ProfitTable()
    power: PowerTable = PowerTable()
    tariff: TariffTable | None = None
    feeds: tuple[FeedTable, ...] = ()


class Miner(Struct, frozen=True, kw_only=True):
    """One miner to read. ``place`` says where in which file it stands."""

    place: str
    name: str
    driver: str
    address: str | None
    token_file: Path | None
    token_from_systemd: bool = False  # a credential: systemd answers for who may read it
    rig: str | None = None  # another machine, which has a page of metrics of its own; None: this one
    pool: tuple[str, ...] = ()  # where it may mine; none: where it is first seen to
    account: tuple[str, ...] = ()  # dual mining has two, and so may a pool to fall back to
    worker: tuple[str, ...] = ()


class Meter(Struct, frozen=True, kw_only=True):
    """One meter to read."""

    place: str
    name: str
    driver: str
    address: str
    token_file: Path | None
    token_from_systemd: bool = False
    rig: str | None = None
    channel: int | None = None  # None: all of them together
    request: str | None = None  # of a meter that is known by its JSON only: where that stands
    power: str | None = None  # and where in it the power, such as "data.power W"
    energy: str | None = None


class Config(Struct, frozen=True, kw_only=True):
    """What the agent is to do. ``sources`` are the files (and the environment) that said so, in their order."""

    sources: tuple[str, ...]
    interval_seconds: float
    state_directory: Path | None
    rig: str | None
    listen_host: str
    listen_port: int
    miners: tuple[Miner, ...]
    meters: tuple[Meter, ...]
    discovery_enabled: bool | None  # None: where no miner is configured
    gateway_interval_seconds: float
    sysfs: Path
    procfs: Path
    nvml_enabled: bool | None  # None: where the machine has an NVIDIA card
    amdgpu_enabled: bool | None  # None: where the machine has an AMD card
    host_enabled: bool
    profit: ProfitTable = ProfitTable()
    power: PowerTable = PowerTable()
    tariff: TariffTable | None = None
    feeds: tuple[FeedEntry, ...] = ()


def search(*, given: Path | None, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The files to load, in their order; none where nothing is configured.

    ``--config``, else ``MINER_AGENT_CONFIG``, else ``$XDG_CONFIG_HOME/miner-agent/config.toml``, else
    ``/etc/miner-agent/config.toml``; the last two with the ``conf.d/*.toml`` beside them.
    """
    if given is None and environment.get("MINER_AGENT_CONFIG"):
        given = Path(environment["MINER_AGENT_CONFIG"])
    if given is not None:
        return (given,)
    home = environment.get("XDG_CONFIG_HOME") or (f"{environment['HOME']}/.config" if environment.get("HOME") else None)
    for directory in [*([Path(home, "miner-agent")] if home else []), Path("/etc/miner-agent")]:
        files = _files_of(directory)
        if files:
            return tuple(files)
    return ()


def load(paths: Sequence[Path], *, environment: Mapping[str, str], known_drivers: Iterable[str]) -> Config:
    """The configuration that ``paths`` and the environment give together; later ones win, miners and meters add up.

    Raises:
        ConfigError: a file cannot be read, or says something that cannot be done.
    """
    parts = [(str(path), read_toml(path)) for path in paths]
    overrides = _environment_overrides(environment)
    if overrides:
        parts.append(("environment", overrides))
    merged: dict[str, Any] = {}
    miners: list[Miner] = []
    meters: list[Meter] = []
    feeds: list[FeedEntry] = []
    drivers = tuple(known_drivers)
    for origin, told in parts:
        base = Path(origin).parent
        raw = with_whole_paths(told, base)
        table = _converted(raw, origin)
        miners += _miners(table.miners, origin, base, drivers, environment)
        meters += _meters(table.meters, origin, base, drivers, environment)
        feeds += _feeds(table.feeds, origin, base, environment)
        merged = _merged(merged, {key: value for key, value in raw.items() if key not in _LISTS})
        _checked_listen(table.http.listen, origin)
        _check_paths(table, origin)
    _refuse_same_names([*miners, *meters])
    _refuse_same_names(feeds)
    origins = " + ".join(origin for origin, _ in parts) or "defaults"
    whole = _converted(merged, origins)
    check_profit(whole.profit, whole.power, whole.tariff, feeds, origins)
    host, port = _checked_listen(whole.http.listen, "config")
    state = whole.agent.state_directory
    collectors = whole.collectors
    return Config(
        sources=tuple(origin for origin, _ in parts),
        interval_seconds=whole.agent.interval_seconds,
        state_directory=None if state is None else path_of(state, "config: [agent]: state_directory"),
        rig=whole.agent.rig,
        listen_host=host,
        listen_port=port,
        miners=tuple(miners),
        meters=tuple(meters),
        discovery_enabled=whole.discovery.enabled,
        gateway_interval_seconds=whole.gateway.interval_seconds,
        sysfs=Path(collectors.sysfs),
        procfs=Path(collectors.procfs),
        nvml_enabled=collectors.nvml.enabled,
        amdgpu_enabled=collectors.amdgpu.enabled,
        host_enabled=collectors.host.enabled,
        profit=whole.profit,
        power=whole.power,
        tariff=whole.tariff,
        feeds=tuple(feeds),
    )


def keys() -> Iterator[str]:
    """Every key that a file may hold, such as ``agent.interval_seconds``."""
    yield from _keys(File, "")


def read_token(miner: Miner | Meter) -> str | None:
    """The token in the ``token_file`` of a miner or meter, without the line end.

    Raises:
        ConfigError: the file cannot be read, is empty, or others than its owner may read it.
    """
    if miner.token_file is None:
        return None
    return read_secret(
        miner.token_file, place=miner.place, key="token_file", what="token", from_systemd=miner.token_from_systemd
    )


def read_secret(file: Path, *, place: str, key: str, what: str, from_systemd: bool = False) -> str:
    """The one line in a file that holds a secret. ``place`` and ``key`` say where the file is named.

    Raises:
        ConfigError: the file cannot be read, is empty, or others than its owner may read it.
    """
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{place}: {key} {file}: {_reason(error)}; write the {what} there, or leave {key} away"
        ) from None
    if not from_systemd and mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(f"{place}: {key} {file} can be read by others; run: chmod 600 {file}")
    if not _TOKEN.fullmatch(text):
        raise ConfigError(
            f"{place}: {key} {file} holds no {what} in plain ASCII; write it there on one line, without blanks"
        )
    return text


def render(config: Config) -> str:
    """The configuration in force, as TOML. Secrets stand in files and are named, not shown."""
    lines = [f"# from: {quoted(source)[1:-1]}" for source in config.sources] or ["# no file: defaults"]
    lines += ["", "[agent]", f"interval_seconds = {config.interval_seconds!r}"]
    if config.state_directory is not None:
        lines.append(f"state_directory = {quoted(str(config.state_directory))}")
    if config.rig is not None:
        lines.append(f"rig = {quoted(config.rig)}")
    host = f"[{config.listen_host}]" if ":" in config.listen_host else config.listen_host
    lines += ["", "[http]", f"listen = {quoted(f'{host}:{config.listen_port}')}"]
    lines += ["", "[collectors]", f"sysfs = {quoted(str(config.sysfs))}", f"procfs = {quoted(str(config.procfs))}"]
    collectors = {"host": config.host_enabled, "nvml": config.nvml_enabled, "amdgpu": config.amdgpu_enabled}
    for name, enabled in collectors.items():
        if enabled is not None:
            lines += ["", f"[collectors.{name}]", f"enabled = {str(enabled).lower()}"]
    if config.discovery_enabled is not None:
        lines += ["", "[discovery]", f"enabled = {str(config.discovery_enabled).lower()}"]
    lines += ["", "[gateway]", f"interval_seconds = {config.gateway_interval_seconds!r}"]
    for table, entries in (("miners", config.miners), ("meters", config.meters)):
        for entry in entries:
            lines += ["", f"[[{table}]]", *_rendered_source(entry)]
    lines += rendered_profit(config.profit, config.power, config.tariff, config.feeds)
    return "\n".join(lines) + "\n"


def _rendered_source(entry: Miner | Meter) -> Iterator[str]:
    for name in entry.__struct_fields__:
        value = getattr(entry, name)
        if name in {"place", "token_from_systemd"} or value is None or value == ():
            continue
        if isinstance(value, tuple):
            yield f"{name} = [{', '.join(quoted(item) for item in value)}]"
        else:
            yield f"{name} = {value if isinstance(value, int) else quoted(str(value))}"


def read_toml(path: Path) -> dict[str, Any]:
    """What stands in a TOML file.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    check_path(str(path), "--config")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: {_reason(error)}; write it, or leave --config and MINER_AGENT_CONFIG away to use the usual files"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: {_reason(error)}; name a text file that this user may read, such as with --config"
        ) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    except ValueError:  # of int(): TOML itself knows no limit
        raise ConfigError(f"{path}: a whole number has more digits than anything here needs; shorten it") from None
    except RecursionError:
        raise _too_deep(str(path)) from None


def _too_deep(origin: str) -> ConfigError:
    return ConfigError(f"{origin}: lists or tables are nested too deep; no key needs more than three levels")


def _reason(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 text (byte {error.start})"
    return (error.strerror or type(error).__name__).lower()


def _files_of(directory: Path) -> list[Path]:
    """What configuration there is in a directory, in the order in which it holds."""
    check_path(str(directory), "environment: XDG_CONFIG_HOME")
    try:
        found = [directory / "config.toml"] if (directory / "config.toml").exists() else []
        return [*found, *sorted(directory.glob("conf.d/*.toml"))]
    except PermissionError as error:
        raise NotPermitted(
            f"{error.filename}: permission denied; ask as a user who may read it, or name a file with --config"
        ) from None


def _environment_overrides(environment: Mapping[str, str]) -> dict[str, Any]:
    overrides: dict[str, Any] = {}
    for variable in sorted(environment):
        if not variable.startswith(ENVIRONMENT_PREFIX):
            continue
        *tables, key = path = variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        if not tables or not all(path) or tables[0] in _LISTS:
            raise ConfigError(
                f"environment: {_shown_name(variable)} names no key; write it as {ENVIRONMENT_PREFIX}AGENT__RIG"
            )
        value = environment[variable]
        if not (_is_utf8(variable) and _is_utf8(value)):
            raise ConfigError(f"environment: {_shown_name(variable)} is not UTF-8 text; write it in UTF-8")
        table: Any = overrides
        for name in tables:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                break
        if not isinstance(table, dict) or key in table:
            raise ConfigError(
                f"environment: {_shown_name(variable)} contradicts another variable on the same key; unset one of them"
            )
        table[key] = value if _takes_text(path) else _toml_value(value)
    return overrides


def _is_utf8(text: str) -> bool:
    """False where bytes of the environment that are no UTF-8 came through as surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _takes_text(path: Sequence[str]) -> bool:
    """Whether the key of the file at that path is one for text."""
    annotation: Any = File
    for name in path:
        table = _table_of(annotation)
        types = {} if table is None else {field.name: field.type for field in msgspec.structs.fields(table)}
        annotation = types.get(name)
    return _holds_str(annotation)


def _holds_str(annotation: Any) -> bool:
    return annotation is str or any(_holds_str(inner) for inner in get_args(annotation))


def _toml_value(text: str) -> Any:
    """A number, truth or list where it reads as one in TOML; else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # a TOMLDecodeError is a ValueError, and so is a number with too many digits
        return text


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _converted(raw: Mapping[str, Any], origin: str) -> File:
    try:
        _refuse_not_finite(raw, origin, "$")
        return msgspec.convert(raw, File)
    except msgspec.ValidationError as error:
        _refuse(str(error), raw, origin)
    except RecursionError:
        raise _too_deep(origin) from None


_WORDS = {
    "`bool | null`": "true or false",
    "`bool`": "true or false",
    "`str | null`": "text in quotes",
    "`str`": "text in quotes",
    "`float`": "a number",
    "`int`": "a whole number",
    "`array`": "a list",
    "`object`": "a table",
    "`": "",
}
_ERROR = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>\$[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")


def _refuse(message: str, raw: Mapping[str, Any], origin: str) -> NoReturn:
    """Turn msgspec's message into ours: file, place by the words of the file, what was there, what to do."""
    found = _ERROR.fullmatch(message)
    what, path = (found["what"], found["path"] or "$") if found else (message, "$")
    place, value = _place(path, raw)
    if unknown := re.search(r"unknown field `(.*)`", what, re.DOTALL):
        sentence = f"key {shown(unknown[1])} is not known; {did_you_mean(unknown[1], _keys_at(path))}"
    elif missing := re.search(r"missing required field `(.+)`", what):
        sentence = f'key "{missing[1]}" is missing'
    else:
        key = path.rpartition(".")[2] if "." in path else ""
        place = _place(path.rpartition(".")[0] or "$", raw)[0]
        expected = what[0].lower() + what[1:]
        for theirs, ours in _WORDS.items():
            expected = expected.replace(theirs, ours)
        sentence = f"{key} = {shown(value)} is not possible; {expected}" if key else expected
    raise ConfigError(": ".join(part for part in (origin, place, sentence) if part))


def _place(path: str, raw: Mapping[str, Any]) -> tuple[str, Any]:
    """How a person would name that place, and what stands there."""
    steps: list[str | int] = [int(i) if i else name for name, i in _STEP.findall(path)]
    value: Any = raw
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
            break
    match steps:
        case ["miners" | "meters" | "feeds" as table, int(position), *_]:
            entries = raw.get(table)
            entry = entries[position] if isinstance(entries, list) else None
            name = entry.get("name", entry.get("feed")) if isinstance(entry, dict) else None
            return _source_place(table, position, name), value
        case []:
            return "", value
        case _:
            return f"[{'.'.join(str(step) for step in steps)}]", value


def _source_place(table: str, position: int, name: object) -> str:
    """``miner 2 (left-rack)``: how a person counts."""
    shown = clean_text(name) if isinstance(name, str) else ""
    entry = f"{table.removesuffix('s')} {position + 1}"
    return f"{entry} ({shown})" if shown else entry


def _refuse_not_finite(value: Any, origin: str, path: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        place, key = clean_text(path.removeprefix("$.")).rpartition(".")[::2]
        raise ConfigError(f"{origin}: [{place}]: {key} = {value} is not a number; write a finite one")
    children: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value, start=1)
    for key, child in children:
        _refuse_not_finite(child, origin, f"{path}.{key}")


def _miners(
    tables: tuple[MinerTable, ...],
    origin: str,
    base: Path,
    drivers: Sequence[str],
    environment: Mapping[str, str],
) -> list[Miner]:
    miners = []
    for position, table in enumerate(tables):
        place = _checked_place("miners", position, table, origin, drivers)
        token_file, from_systemd = _secret_path(table.token_file, base, environment, f"{place}: token_file")
        pools = _listed(table.pool)
        for pool in pools:
            if pool_address(pool) is None:
                raise ConfigError(f'{place}: pool = {shown(pool)} is not possible; write "stratum+tcp://HOST:PORT"')
        miners.append(
            Miner(
                place=place,
                name=table.name,
                driver=table.driver,
                address=table.address,
                token_file=token_file,
                token_from_systemd=from_systemd,
                rig=table.rig,
                pool=pools,
                account=_listed(table.account),
                worker=_listed(table.worker),
            )
        )
    return miners


def _listed(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value or ()


def _meters(
    tables: tuple[MeterTable, ...],
    origin: str,
    base: Path,
    drivers: Sequence[str],
    environment: Mapping[str, str],
) -> list[Meter]:
    meters = []
    for position, table in enumerate(tables):
        place = _checked_place("meters", position, table, origin, drivers)
        token_file, from_systemd = _secret_path(table.token_file, base, environment, f"{place}: token_file")
        meters.append(
            Meter(
                place=place,
                name=table.name,
                driver=table.driver,
                address=table.address,
                token_file=token_file,
                token_from_systemd=from_systemd,
                rig=table.rig,
                channel=table.channel,
                request=table.request,
                power=table.power,
                energy=table.energy,
            )
        )
    return meters


def _feeds(
    tables: tuple[FeedTable, ...], origin: str, base: Path, environment: Mapping[str, str]
) -> Iterator[FeedEntry]:
    for position, table in enumerate(tables):
        place = f"{origin}: {_source_place('feeds', position, table.name or table.feed)}"
        key_file, from_systemd = _secret_path(table.key_file, base, environment, f"{place}: key_file")
        yield feed_entry(table, place=place, base=base, key_file=key_file, key_from_systemd=from_systemd)


def _checked_place(
    kind: str, position: int, table: MinerTable | MeterTable, origin: str, drivers: Sequence[str]
) -> str:
    """Where the entry stands, if its names are possible."""
    place = f"{origin}: {_source_place(kind, position, table.name)}"
    for key, name in (("name", table.name), ("rig", table.rig)):
        if name is not None and not NAME.fullmatch(name):
            raise ConfigError(
                f"{place}: {key} = {shown(name)} is not possible; "
                "use up to 64 letters, digits, dots, dashes and underscores"
            )
    if table.name in (collectors := _collectors()):
        raise ConfigError(
            f'{place}: name = "{table.name}" is the name of a collector, as are {", ".join(sorted(collectors))}; '
            f'write another one, such as "{table.name}-{kind.removesuffix("s")}"'
        )
    if kind == "miners" and table.name == METERS:
        raise ConfigError(
            f'{place}: name = "{METERS}" stands for every meter in the log; write another one, such as "{METERS}-miner"'
        )
    if table.driver not in drivers:
        raise ConfigError(
            f"{place}: driver = {shown(table.driver)} is not known; {did_you_mean(table.driver, drivers)}"
        )
    return place


def _collectors() -> set[str]:
    """Names under which the agent's own sources stand beside the miners."""
    return {field.name for field in msgspec.structs.fields(CollectorsTable) if _table_of(field.type) is not None}


def _check_paths(table: File, origin: str) -> None:
    if table.agent.state_directory is not None:
        path_of(table.agent.state_directory, f"{origin}: [agent]: state_directory")
    check_path(table.collectors.sysfs, f"{origin}: [collectors]: sysfs")
    check_path(table.collectors.procfs, f"{origin}: [collectors]: procfs")


def _secret_path(name: str | None, base: Path, environment: Mapping[str, str], place: str) -> tuple[Path | None, bool]:
    """An absolute path as it is; a bare name among systemd's credentials first, else beside the file.

    And whether it is one of systemd's credentials.
    """
    if name is None:
        return None, False
    path = path_of(name, place)
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    if credentials and not path.is_absolute() and Path(credentials, path).exists():
        return Path(credentials, path), True
    if path.is_absolute():
        return path, bool(credentials) and path.is_relative_to(Path(credentials or "/"))
    return base / path, False


def _refuse_same_names(sources: Iterable[Miner | Meter | FeedEntry]) -> None:
    seen: dict[str, Miner | Meter | FeedEntry] = {}
    for source in sources:
        if source.name in seen:
            raise ConfigError(f'{source.place}: name "{source.name}" is taken by {seen[source.name].place}')
        seen[source.name] = source


def _checked_listen(listen: str, origin: str) -> tuple[str, int]:
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]]+)):(\d{1,5})", listen)
    if found is None or int(found[3]) > 65535:
        raise ConfigError(f'{origin}: [http]: listen = {shown(listen)} is not possible; write "127.0.0.1:9877"')
    host, port = found[1] or found[2], int(found[3])
    if not _is_loopback(host):
        raise ConfigError(
            f"{origin}: [http]: listen = {shown(listen)} is open to others, and there is no access control yet; "
            f'write "127.0.0.1:{port}"'
        )
    return host, port


def _is_loopback(host: str) -> bool:
    if host in LOCAL_HOSTS:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _keys_at(path: str) -> list[str]:
    table: Any = File
    for name, _ in _STEP.findall(path):
        if name:
            table = _table_of(table.__annotations__[name])
    return [field.name for field in msgspec.structs.fields(table)]


def _table_of(annotation: Any) -> Any:
    arguments = getattr(annotation, "__args__", ())
    return next((a for a in (annotation, *arguments) if isinstance(a, type) and issubclass(a, Table)), None)


def _keys(table: Any, prefix: str) -> Iterator[str]:
    for field in msgspec.structs.fields(table):
        inner = _table_of(field.type)
        if inner is None:
            yield prefix + field.name
        else:
            yield from _keys(inner, f"{prefix}{field.name}.")


def _shown_name(variable: str) -> str:
    return quoted(variable)[1:-1]
