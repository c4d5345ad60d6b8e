"""The settings of feeds: what can be used, and what is refused with what to write."""

import math
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from miner_agent.market.feed import Feed
from tests.feed_coins import COINS
from tests.for_each import for_each
from tests.market.parsed_feeds import FEEDS, NOW

# --- settings --------------------------------------------------------------------------------------------------------


def settings(feed: str, **given: Any) -> Any:
    return FEEDS[feed].settings(**given)


@for_each(
    ("name", "given", "sentence"),
    [
        ("whattomine", {"parameters": {"path": "x"}}, "'path' is not known; known: paths"),
        ("bitcoind", {"base_url": "http://127.0.0.1:8332"}, "parameter coin is missing"),
        ("bitcoind", {"parameters": {"coin": "BTC"}}, "base_url is missing"),
        ("hashrate_no", {}, "without a key"),
        ("ecb", {"key_file": Path("key")}, "takes no key"),
        ("file", {}, "set file"),
        ("ecb", {"interval_seconds": 1}, "interval_seconds = 1"),
        ("ecb", {"interval_seconds": math.nan}, "interval_seconds = nan"),
        ("ecb", {"deadline_seconds": 0}, "deadline_seconds = 0"),
        ("ecb", {"name": "../ecb"}, "no name for a feed"),
        ("ecb", {"base_url": "ftp://x"}, "neither https"),
        ("ecb", {"base_url": "https://user:secret@x"}, "no user and no password"),
        ("ecb", {"base_url": "https://x/?key=secret"}, "more than scheme"),
        ("ecb", {"base_url": "https://x:99999"}, "no address"),
        ("ecb", {"base_url": "https://x y"}, "more than scheme"),
        ("ecb", {"base_url": "https://"}, "more than scheme"),
        ("minerstat", {"base_url": "http://minerstat.example", "key_file": Path("key")}, "in the clear"),
        ("minerstat", {"base_url": "http://8.8.8.8", "key_file": Path("key")}, "in the clear"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_what_to_write(
    name: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        settings(name, **given)
    assert "secret" not in str(refusal.value)


@for_each(
    ("name", "given"),
    [
        ("whattomine", {}),
        ("bitcoind", {"base_url": "http://192.168.1.5:8332", "parameters": {"coin": "BTC"}, "key_file": Path("c")}),
        ("monerod", {"base_url": "http://[::1]:18081", "parameters": {"coin": "XMR"}}),
        ("file", {"file": Path("quotes.toml")}),
        ("hashrate_no", {"file": Path("saved.json")}),
        ("tariff_json", {"base_url": "https://prices.example/api", "parameters": {"currency": "EUR"}}),
    ],
)
def test_settings_that_can_be_used_hold_every_parameter(name: str, given: dict[str, Any]) -> None:
    found = settings(name, **given)

    assert found.feed == name
    assert found.parameters.keys() == {parameter.name for parameter in FEEDS[name].parameters}
    assert isinstance(found.parameters, MappingProxyType)


def test_what_a_saved_answer_does_not_tell_has_to_be_given() -> None:
    with pytest.raises(ValueError, match="a saved answer does not tell its currency; set it"):
        settings("coingecko", file=Path("saved.json"))
    assert (
        settings("coingecko", file=Path("saved.json"), parameters={"currency": "eur"}).parameters["currency"] == "eur"
    )
    assert settings("coingecko").parameters["currency"] == "usd"


@pytest.mark.parametrize("path", ["../admin", "//evil.example/x", "x y", "", "a\r\nHost: b"])
def test_a_path_that_leaves_its_source_is_refused(path: str) -> None:
    feed: Feed = FEEDS["whattomine"]
    assert feed.requests is not None
    with pytest.raises(ValueError, match="write paths such as"):
        feed.requests({"paths": path}, now=NOW, coins=COINS)


def test_parameters_cannot_leave_their_place_in_the_address() -> None:
    feed = FEEDS["entsoe"]
    assert feed.requests is not None
    (request,) = feed.requests({"area": "X&documentType=A65#"}, now=NOW, coins=COINS)

    assert request.path == (
        "/api?documentType=A44&in_Domain=X%26documentType%3DA65%23&out_Domain=X%26documentType%3DA65%23"
        "&periodStart=202611010000&periodEnd=202611040000"
    )
