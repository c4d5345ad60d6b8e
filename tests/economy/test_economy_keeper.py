"""The economy beside the loop: what it tells before its feeds have said anything, and after."""

import logging
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calculators.exchange import Rate
from miner_agent import drivers
from miner_agent.config import loading
from miner_agent.economy.economy_keeper import EconomyKeeper
from miner_agent.economy.feed_desk import FeedDesk
from miner_agent.economy.messages import Errand, Return
from miner_agent.market.feed import FeedReading
from miner_agent.model.snapshot import RigPower
from tests.log_ticks import device, miner_work, tick
from tests.quotes import NOON, PLAIN, usd
from tests.waiting import until

TWO_CURRENCIES = """
[profit]
currency = "USD"
[tariff]
currency = "EUR"
price_per_kilowatt_hour = "0.10"
[[feeds]]
feed = "file"
name = "market"
file = "market.json"
"""


@pytest.mark.parametrize("rates", [True, False])
def test_nothing_is_said_to_be_missing_before_the_feeds_were_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, rates: bool
) -> None:
    answer = threading.Event()

    def run(desk: FeedDesk, errand: Errand) -> tuple[dict[str, Return], str]:
        answer.wait(20)
        worth = (Rate(currency="EUR", worth=usd("1.25"), taken_at=NOON, source="ecb"),) if rates else ()
        said = FeedReading(quotes=(PLAIN,), rates=worth)
        return {"market": Return(name="market", reading=said, taken_at=NOON)}, ""

    monkeypatch.setattr(FeedDesk, "_run", run)
    path = tmp_path / "config.toml"
    path.write_text(TWO_CURRENCIES)
    loaded = loading.load([path], environment={}, known_drivers=drivers.names())
    works = [miner_work("cards", "etchash", hashes_per_second=600e6, coin="ETC")]
    cards = [device("GPU-a", power_watts=900.0)]
    snapshot = replace(tick(0, cards, works, start=NOON), power=(RigPower(source="meter", power_watts=1000.0),))
    keeper = EconomyKeeper(tmp_path / "state", now=lambda: NOON + timedelta(seconds=1))
    with caplog.at_level(logging.WARNING):
        keeper.take(loaded)
        keeper.see(snapshot)
        until(lambda: keeper.see(snapshot).economy)
        early = caplog.messages.copy()
        answer.set()
        until(lambda: (economy := keeper.see(snapshot).economy) and economy.feeds and (not rates or economy.candidates))
        if not rates:
            until(lambda: caplog.messages)
        keeper.close()

    assert early == []
    assert any("no rates lead from EUR to USD" in said for said in caplog.messages) is not rates
