"""Every feed, its captured answers, and what is parsed of them."""

import json
import tomllib
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calculators.money import Money
from miner_agent.market import feeds
from miner_agent.market.feed import FeedReading
from tests.feed_coins import COINS

CAPTURES = Path(__file__).parents[1] / "captures" / "feeds"
FEEDS = {name: feeds.load(name) for name in feeds.names()}
FOLDERS = sorted(folder for name in FEEDS for folder in (CAPTURES / name).glob("*/"))
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
TEXT_FORMS = {"file", "tariff_csv"}  # a cut one can be whole as far as it goes
NEEDED = {"coin": "BTC", "area": "X", "product": "P", "tariff": "T"}


def raw_of(folder: Path) -> bytes:
    return (folder / "answer.raw").read_bytes()


def parameters_of(folder: Path) -> dict[str, str]:
    meta = tomllib.loads((folder / "meta.toml").read_text())
    found: dict[str, str] = meta.get("parameters", {})
    return found


def parsed(name: str, raw: bytes, parameters: dict[str, str] | None = None) -> FeedReading:
    return FEEDS[name].parse(raw, taken_at=NOW, coins=COINS, parameters=parameters or {})


def plain(value: Any) -> Any:
    """A reading as JSON, without what its source did not say."""
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    if is_dataclass(value) and not isinstance(value, type):
        found = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {key: held for key, held in found.items() if held not in (None, [], False)}
    if isinstance(value, tuple):
        return [plain(held) for held in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def shown(reading: FeedReading) -> str:
    return json.dumps(plain(reading), indent=2, ensure_ascii=False) + "\n"


def ids(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"
