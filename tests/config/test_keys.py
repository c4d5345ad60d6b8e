"""Every key: it changes the configuration, is shown, loads again, and can be said in the environment."""

import tempfile
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from miner_agent.config import configuration, loading
from miner_agent.config.channel_keys import TAKEN_BY
from miner_agent.config.configuration import ENTRY_LISTS, Config
from miner_agent.config.environment import PREFIX
from miner_agent.config.key_types import Amount, Cost, ListenAddress, NetworkAddress, TaxRatio
from miner_agent.config.named_files import SecretFile
from miner_agent.config.rendered import render
from miner_agent.config.toml_text import written
from miner_agent.errors import ConfigError
from tests import examples
from tests.for_each import for_each

PLANS = ("maintenance", "planned_off")
DRIVERS = ("shelly", "trex", "xmrig")
ENTRIES = {"miners": "one", "meters": "wall", "feeds": "ecb", "payouts": "nanopool"}
NOON = datetime(2026, 12, 1, 12, tzinfo=timezone(timedelta(hours=1)))
VALUES: dict[str, tuple[Any, Any]] = {
    "agent.interval_seconds": (5, 7.5),
    "agent.state_directory": ("/var/lib/a", "beside"),
    "agent.rig": ("left", 'a "quoted" \\ rig\u202e'),
    "agent.devices_remembered_days": (7, 0.5),
    "http.listen": ("127.0.0.1:9000", "[::1]:9001"),
    "http.socket": ("/run/a.sock", "beside.sock"),
    "http.web_config_file": ("web.yml", "/etc/web.yml"),
    "http.books_users": ("prometheus", ["prometheus", "owner"]),
    "http.names": ("rig.example", ["rig.example", "a"]),
    "http.trusted_proxies": ("10.0.0.7", ["10.0.0.7", "fd00::/64"]),
    "miners.name": ("one", "two"),
    "miners.driver": ("xmrig", "trex"),
    "miners.address": ("127.0.0.1:1", "127.0.0.1:2"),
    "miners.start_grace_seconds": (30, 0.5),
    "miners.token_file": ("token", "/run/token"),
    "miners.tls_fingerprint_sha256": ("0a" * 32, ":".join(["0B"] * 32)),
    "miners.rig": ("a", "b"),
    "miners.pool": ("stratum+tcp://a:1", ["stratum+tcp://a:1", "b:2"]),
    "miners.account": ("43a", ["43a", "43b"]),
    "miners.worker": (["x"], ["y"]),
    "miners.boards": (3, 4),
    "miners.fans": (2, 0),
    "miners.workers_shown": (64, 500),
    "meters.name": ("wall", "house"),
    "meters.driver": ("shelly", "trex"),
    "meters.address": ("127.0.0.1:3", "127.0.0.1:4"),
    "meters.token_file": ("token", "other"),
    "meters.tls_fingerprint_sha256": ("0a" * 32, ":".join(["0B"] * 32)),
    "meters.rig": ("a", "b"),
    "meters.channel": (0, 1),
    "meters.request": ("/a", "/b"),
    "meters.power": ("a W", "b W"),
    "meters.energy": ("a Wh", "b Wh"),
    "discovery.enabled": (True, False),
    "gateway.interval_seconds": (60, 61),
    "collectors.sysfs": ("/a", "/b"),
    "collectors.procfs": ("/a", "/b"),
    "collectors.nvml.enabled": (True, False),
    "collectors.amdgpu.enabled": (True, False),
    "collectors.host.enabled": (True, False),
    "profit.currency": ("EUR", "USD"),
    "profit.catalog_file": ("mine.toml", "/mine.toml"),
    "profit.coins": ("RVN", ["RVN", "ETC"]),
    "profit.pool_scheme": ("pps+", "solo"),
    "profit.pool_fee_ratio": (0.02, 0),
    "profit.dev_fee_ratio": (0.01, 1e-05),
    "profit.stale_ratio": (0.01, 0.02),
    "profit.uptime_ratio": (0.9, 0.8),
    "profit.exchange_fee_ratio": (0.01, 0.02),
    "profit.fixed_cost_per_day": ("1", "-1.10"),
    "profit.choose_by": ("mean", "cvar"),
    "profit.hysteresis_ratio": (0.1, 0.2),
    "profit.minimum_dwell_seconds": (0, 60),
    "profit.switch_cost": ("0.10", "1e3"),
    "power.psu": ("gold", "none"),
    "power.psu_line": ("115v", "230v-redundant"),
    "power.psu_rated_watts": (1200, 2400.5),
    "power.host_watts": (0, 60),
    "power.cooling_factor": (1.1, 1.2),
    "books.book": ("main", 'a "quoted" book'),
    "books.post_energy": (True, False),
    "books.rigs.name": ("a", "b"),
    "books.rigs.base_url": ("https://a.example:9877", "http://127.0.0.1:1"),
    "books.rigs.key_file": ("key", "/run/key"),
    "books.rigs.ca_file": ("ca.pem", "/etc/ca.pem"),
    "site.standing_charge_per_day": ("0.4", "0.5"),
    "site.standing_charge_per_month": ("12", "13"),
    "site.demand_charge_per_kilowatt_per_month": ("8", "9"),
    "site.heat_useful_ratio": (0.5, 1),
    "site.heat_price_per_kilowatt_hour": ("0.12", "0.1"),
    "site.heater_efficiency": (0.9, 3.5),
    "site.surplus_watts": ([0] * 24, [0] * 23 + [1.5]),
    "site.export_price_per_kilowatt_hour": ("0.08", "-0.01"),
    "tariff.kind": ("flat", "time-of-use"),
    "tariff.currency": ("EUR", "USD"),
    "tariff.zone": ("Europe/Berlin", "America/New_York"),
    "tariff.price_per_kilowatt_hour": ("0.30", "0.31"),
    "tariff.bands.name": ("all", "day"),
    "tariff.bands.price_per_kilowatt_hour": ("0.10", "0.2"),
    "tariff.bands.days": ("monday", ["monday", "sunday"]),
    "tariff.bands.start": ("06:00", "07:30"),
    "tariff.bands.end": ("22:00", "23:59"),
    "tariff.bands.first_day": ("04-01", "02-29"),
    "tariff.bands.last_day": ("09-30", "10-31"),
    "tariff.holidays": ([date(2026, 12, 25)], [date(2026, 12, 26)]),
    "tariff.holidays_of": ("DE", "de-be"),
    "tariff.tiers.over_kilowatt_hours": ("50", "100"),
    "tariff.tiers.price_per_kilowatt_hour": ("0.1", "0.2"),
    "tariff.household_kilowatt_hours_per_month": ("200", "300"),
    "tariff.feed": ("b", "a"),
    "tariff.grid_fee_per_kilowatt_hour": ("0.1", "0.2"),
    "tariff.vat_ratio": ("0.19", "0.2"),
    "feeds.feed": ("ecb", "coingecko"),
    "feeds.name": ("rates", "others"),
    "feeds.base_url": ("https://a.example", "https://b.example"),
    "feeds.file": ("a.csv", "/b.csv"),
    "feeds.parameters": ({"area": "AT"}, {"area": "AT", "a b": "ü"}),
    "feeds.key_file": ("key", "/run/key"),
    "feeds.interval_seconds": (900, 901.5),
    "feeds.deadline_seconds": (10, 11),
    "payouts.pool": ("nanopool", "2miners"),
    "payouts.name": ("one", "two"),
    "payouts.coin": ("XMR", "BTC"),
    "payouts.account": ("48a", "48b"),
    "payouts.wallet": ("rig-wallet", "other"),
    "payouts.base_url": ("http://127.0.0.1:1", "https://a.example"),
    "payouts.key_file": ("key", "/run/key"),
    "payouts.recognition": ("payout", "credit"),
    "maintenance.reason": ("new fans", "dust"),
    "maintenance.rig": ("left", "right"),
    "maintenance.until": (NOON, NOON.astimezone(UTC) + timedelta(seconds=1)),
    "expected.gpus": (8, 0),
    "expected.cpus": (1, 2),
    "expected.hashboards": (3, 4),
    "expected.power_limits.watts": (220, 221.5),
    "expected.power_limits.device": ("GPU-1", "GPU-2"),
    "expected.power_limits.model": ("RTX 3080", "RX 6800"),
    "expected.hashrates.algorithm": ("kawpow", "etchash"),
    "expected.hashrates.hashes_per_second": (43e6, 1),
    "expected.hashrates.miner": ("one", "two"),
    "expected.hashrates.device": ("GPU-1", "GPU-2"),
    "expected.hashrates.model": ("RTX 3080", "RX 6800"),
    "thresholds.sensor": ("core", "memory"),
    "thresholds.warning_celsius": (80, 81.5),
    "thresholds.critical_celsius": (90, 91.5),
    "thresholds.rig": ("left", "right"),
    "thresholds.device": ("GPU-1", "cpu0"),
    "thresholds.model": ("RTX 3080", "Antminer S21"),
    "thresholds.kind": ("gpu", "hashboard"),
    "planned_off.rig": ("left", "right"),
    "planned_off.zone": ("Europe/Berlin", "America/New_York"),
    "planned_off.days": ("monday", ["monday", "sunday"]),
    "planned_off.start": ("22:00", "23:30"),
    "planned_off.end": ("06:00", "07:30"),
    "alerts.owner": ("local", "prometheus"),
    "alerts.evaluate_seconds": (15, 30),
    "alerts.group_wait_seconds": (30, 0),
    "alerts.runbook_base": ("https://a.example/runbooks", "https://b.example"),
    "alerts.channels.name": ("phone", "mail"),
    "alerts.channels.kind": ("webhook", "apprise"),
    "alerts.channels.url": ("http://127.0.0.1:9093", "https://a.example/am"),
    "alerts.channels.url_file": ("url", "/run/url"),
    "alerts.channels.secret_file": ("secret", "/run/secret"),
    "alerts.channels.tls_fingerprint_sha256": ("0a" * 32, ":".join(["0B"] * 32)),
    "alerts.channels.severities": (["critical", "warning", "info"], "critical"),
    "alerts.channels.rigs": ("a", ["a", "b"]),
    "alerts.dead_man.url_file": ("url", "/run/url"),
    "alerts.dead_man.interval_seconds": (60, 300),
    "alerts.rules.alert": ("FanStopped", "DeviceLost"),
    "alerts.rules.kind": ("gpu", "hashboard"),
    "alerts.rules.device": ("GPU-1", "0000:01:00.0"),
    "alerts.rules.threshold": (80, -0.5),
    "alerts.rules.for_seconds": (60, 0),
    "alerts.rules.severity": ("critical", "info"),
    "alerts.rules.off": (False, True),
}  # two of each, the second one not its default


TARIFFS: dict[str, dict[str, Any]] = {
    "flat": {"price_per_kilowatt_hour": "0.1"},
    "time-of-use": {"bands": [{"name": "x", "price_per_kilowatt_hour": "0.1"}]},
    "tiers": {
        "kind": "tiers",
        "tiers": [{"over_kilowatt_hours": over, "price_per_kilowatt_hour": "0.3"} for over in ("0", "5")],
    },
    "dynamic": {"kind": "dynamic", "feed": "b"},
}
KIND_OF = {"household_kilowatt_hours_per_month": "tiers", "feed": "dynamic"}


def document_with(key: str, value: Any) -> dict[str, Any]:
    """As little as can hold that key."""
    *tables, name = key.split(".")
    whole: dict[str, Any] = {
        "miners": {"name": "one", "driver": "xmrig"},
        "meters": {"name": "wall", "driver": "shelly", "address": "127.0.0.1"},
        "feeds": {"feed": "ecb"},
        "payouts": {"pool": "nanopool", "coin": "XMR", "account": "48", "wallet": "w"},
        "maintenance": {"reason": "dust"},
        "planned_off": {},
        "thresholds": {"sensor": "core", "warning_celsius": 70, "critical_celsius": 99},
    }
    document: dict[str, Any] = {}
    if tables[0] == "tariff":
        document["tariff"] = {
            "currency": "EUR",
            **TARIFFS["time-of-use" if value == "time-of-use" else KIND_OF.get(name, "flat")],
        }
        if tables[-1] == "bands" or key in {"tariff.holidays", "tariff.holidays_of"}:
            document["tariff"]["bands"] = [{"name": "x", "price_per_kilowatt_hour": "0.1"}]
        if tables[-1] == "tiers":
            document["tariff"].update(deepcopy(TARIFFS["tiers"]))
            del document["tariff"]["price_per_kilowatt_hour"]
        if name == "feed":
            document["feeds"] = [{"feed": "energy_charts", "name": name, "parameters": {"area": "AT"}} for name in "ab"]
    elif tables[:2] == ["alerts", "channels"]:
        kind = "alertmanager" if name == "url" else "webhook"
        document["alerts"] = {"channels": [{"name": "x", "kind": kind, **({} if name == "url" else {"url_file": "x"})}]}
        document["miners"] = [
            {"name": rig, "rig": rig, "driver": "xmrig", "address": f"{rig}.example:1"} for rig in "ab"
        ]
    elif tables[:2] == ["expected", "hashrates"]:
        document["expected"] = {"hashrates": [{"algorithm": "x11", "hashes_per_second": 1}]}
    elif tables[:2] == ["expected", "power_limits"]:
        document["expected"] = {"power_limits": [{"watts": 100}]}
    elif tables[:2] == ["books", "rigs"]:
        document["books"] = {"rigs": [{"name": "r", "base_url": "https://r.example"}]}
    elif tables[:2] == ["alerts", "rules"]:
        document["alerts"] = {"rules": [{"alert": "FanStopped"}]}
    elif tables[0] in ENTRY_LISTS:
        document["agent"] = {"rig": value if tables[0] in {*PLANS, "thresholds"} and name == "rig" else None}
        document[tables[0]] = [whole[tables[0]]]
    table = document
    for step in tables:
        inner = table.setdefault(step, {})
        table = inner[-1] if isinstance(inner, list) else inner
    table[name] = value
    return document


def loaded(document: dict[str, Any] | str, folder: Path, environment: dict[str, str] | None = None) -> Config:
    file = folder / "config.toml"
    file.write_text(document if isinstance(document, str) else written(document))
    return loading.load([file], environment=environment or {}, known_drivers=DRIVERS)


def said(config: Config) -> Config:
    """The configuration without where it stands."""
    lists = {
        name: tuple(msgspec.structs.replace(entry, place="") for entry in getattr(config, name)) for name in ENTRY_LISTS
    }
    return msgspec.structs.replace(config, sources=(), **lists)


def shown_again(config: Config, folder: Path) -> Config:
    """What comes of the configuration that is shown, in another place."""
    with tempfile.TemporaryDirectory(dir=folder) as elsewhere:
        return loaded(render(config), Path(elsewhere))


def test_there_are_two_values_for_every_key() -> None:
    assert set(VALUES) == set(configuration.keys())


@for_each("key", VALUES)
def test_a_key_changes_the_configuration_is_shown_and_loads_again(key: str, tmp_path: Path) -> None:
    first, second = (loaded(document_with(key, value), tmp_path) for value in VALUES[key])

    assert said(first) != said(second)
    assert said(shown_again(first, tmp_path)) == said(first)
    assert said(shown_again(second, tmp_path)) == said(second)
    try:
        assert said(loaded(document_with(key, None), tmp_path)) != said(second)
    except ConfigError as refusal:
        assert f'key "{key.rpartition(".")[2]}" is missing' in str(refusal)


NOT_IN_ENVIRONMENT = (
    *ENTRY_LISTS,
    "alerts.rules",
    "books.rigs",
    "alerts.channels",
    "expected.power_limits",
    "expected.hashrates",
    "tariff.bands",
    "tariff.tiers",
    "tariff.kind",
)  # lists; a kind wants other keys
IN_ENVIRONMENT = [key for key in VALUES if not key.startswith(NOT_IN_ENVIRONMENT)]


@for_each("position", [0, 1])
@for_each("key", IN_ENVIRONMENT)
def test_the_environment_says_a_key_as_a_file_does(
    key: str, position: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what the environment names is beside where the agent runs
    value = VALUES[key][position]
    text = value if isinstance(value, str) else written({"x": value}).removeprefix("x = ").strip()
    in_environment = {PREFIX + key.replace(".", "__").upper(): text}

    told = loaded(document_with(key, None), tmp_path, in_environment)

    assert said(told) == said(loaded(document_with(key, value), tmp_path))


@for_each("key", VALUES)
def test_a_misspelt_key_is_refused_with_the_right_one(key: str, tmp_path: Path) -> None:
    *tables, name = key.split(".")
    with pytest.raises(ConfigError, match=rf'key "{name}z" is not known; did you mean "{name}"\?'):
        loaded(document_with(".".join([*tables, f"{name}z"]), VALUES[key][0]), tmp_path)


CHANNEL_KEYS = frozenset().union(*TAKEN_BY.values())
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
PATHS = st.sampled_from(["/a/b", "beside", "a b/ü.toml", "~/x", "/etc/../x", "./y", '/"q"\\'])
AMOUNTS = st.decimals(0, 10**9, allow_nan=False, places=5).map(str)
OF_CLASS = {
    Path: PATHS,
    SecretFile: PATHS,
    ListenAddress: st.sampled_from(["127.0.0.1:9877", "[::1]:1", "localhost:65535", "0.0.0.0:0"]),
    NetworkAddress: st.sampled_from(["10.0.0.7", "10.0.0.0/8", "fd00::/64", "::1"]),
    Amount: AMOUNTS | AMOUNTS.map(lambda text: f"-{text}"),
    Cost: AMOUNTS,
    TaxRatio: st.decimals(0, "0.99", allow_nan=False, places=4).map(str),
}
OF_KEY: dict[str, st.SearchStrategy[Any]] = {
    "driver": st.sampled_from(DRIVERS),
    "account": st.sampled_from(["43a", "43a.rig", "kaspa:qr" + 30 * "x"]),
    "worker": st.sampled_from(["rig", "left rack", "Größe", "#1"]),
    "pool": st.sampled_from(["stratum+tcp://a:1", "b:2"]),
    "zone": st.sampled_from(["UTC", "Europe/Berlin"]),
    "psu_line": st.sampled_from(["115v", "230v-eu"]),
    "tariff": st.nothing(),  # see documents()
}


def anything(kind: inspect.Type, key: str = "") -> st.SearchStrategy[Any]:
    """Anything that a key of that type takes, as a file says it."""
    if key in OF_KEY and not (key == "pool" and isinstance(kind, inspect.LiteralType)):  # of payouts it is a word
        return st.lists(OF_KEY[key], max_size=3) if isinstance(kind, inspect.VarTupleType) else OF_KEY[key]
    match kind:
        case inspect.Metadata():
            return anything(kind.type)
        case inspect.UnionType():
            return st.one_of(*(anything(each) for each in kind.types if not isinstance(each, inspect.NoneType)))
        case inspect.StructType():
            return table_of(kind)
        case inspect.CustomType():
            return OF_CLASS[kind.cls]
        case inspect.VarTupleType():
            return st.lists(anything(kind.item_type), min_size=kind.min_length or 0, max_size=3)
        case inspect.DictType():
            return st.dictionaries(WORDS, WORDS, max_size=3)
    return one_value(kind)


def one_value(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.StrType():
            return WORDS if kind.pattern is None else st.from_regex(kind.pattern)
        case inspect.BoolType():
            return st.booleans()
        case inspect.DateTimeType():
            return st.datetimes(timezones=st.sampled_from([UTC, NOON.tzinfo]))
        case inspect.DateType():
            return st.dates()
        case inspect.IntType():
            return st.integers(kind.ge, kind.le)
        case inspect.FloatType():
            least = kind.gt if kind.ge is None else kind.ge
            most = kind.lt if kind.le is None else kind.le
            return st.floats(
                least,
                most,
                exclude_min=kind.gt is not None,
                exclude_max=kind.lt is not None,
                allow_nan=False,
                allow_infinity=False,
            )
    raise AssertionError(kind)


def table_of(kind: inspect.StructType) -> st.SearchStrategy[dict[str, Any]]:
    """A table with the keys that it must have and some of the others."""
    told = {each.name: anything(each.type, each.name) for each in kind.fields if each.name not in kind.cls.asides}  # type: ignore[attr-defined]
    must = {each.name for each in kind.fields if each.required}
    return st.fixed_dictionaries(
        {key: value for key, value in told.items() if key in must},
        optional={key: value for key, value in told.items() if key not in must and not value.is_empty},
    )


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    kind = inspect.type_info(Config)
    assert isinstance(kind, inspect.StructType)
    document: dict[str, Any] = draw(table_of(kind))
    named = ENTRY_LISTS - {*PLANS, "thresholds"}
    for position, entry in enumerate(entry for table in named for entry in document.get(table, ())):
        entry["name"] = f"{draw(st.sampled_from(['a', 'B_', '0.-']))}{position}"
    for entry in document.get("thresholds", ()):
        entry["warning_celsius"], entry["critical_celsius"] = draw(st.sampled_from([(70.0, 90), (1, 149.5)]))
    for entry in document.get("expected", {}).get("hashrates", ()):
        entry.pop("miner", None)  # it is one of those that are read, or none of its devices
    for entry in (entry for table in (*PLANS, "thresholds") for entry in document.get(table, ())):
        entry.pop("rig", None)  # it is one of those that are read
    for position, rig in enumerate(document.get("books", {}).get("rigs", ())):
        rig["name"] = f"r{position}"
    for position, channel in enumerate(document.get("alerts", {}).get("channels", ())):
        channel["name"] = f"c{position}"
        channel.pop("rigs", None)  # they are among those that are read
        for key in CHANNEL_KEYS - TAKEN_BY[channel["kind"]]:
            channel.pop(key, None)
        if TAKEN_BY[channel["kind"]]:
            channel.pop("url", None)
            channel["url_file"] = "x"
    tariffs = [
        {"price_per_kilowatt_hour": draw(OF_CLASS[Amount]), "vat_ratio": draw(OF_CLASS[TaxRatio])},
        {"kind": "time-of-use", "bands": [{"name": draw(WORDS), "price_per_kilowatt_hour": draw(AMOUNTS)}]},
        {"kind": "tiers", "tiers": [{"over_kilowatt_hours": "0", "price_per_kilowatt_hour": draw(AMOUNTS)}]},
    ]
    if feeds := document.get("feeds"):
        tariffs.append({"kind": "dynamic", "feed": draw(st.sampled_from(feeds))["name"]})
    if draw(st.booleans()):
        more = {"currency": draw(st.sampled_from(["EUR", "usd", "Czk"])), "zone": draw(OF_KEY["zone"])}
        document["tariff"] = {**more, **draw(st.sampled_from(tariffs))}
        if "bands" in document["tariff"]:
            document["tariff"]["holidays"] = draw(st.lists(st.dates(), max_size=2))
    return document


@pytest.mark.thorough
@given(document=documents())
@settings(deadline=None, max_examples=examples.times(0.5))
def test_any_configuration_that_is_shown_loads_to_the_same_one(
    document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    config = loaded(document, folder)

    assert said(shown_again(config, folder)) == said(config)
    assert render(shown_again(config, folder)).partition("\n")[2] == render(config).partition("\n")[2]
