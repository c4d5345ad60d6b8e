"""The whole agent with feeds on loopback: what it says of money, and what it says when they die."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent import Agent, with_label
from tests.fake_feeds import BANK, MARKET, TARIFF, FakeFeeds
from tests.fake_http import FakeMiner
from tests.web.tls_clients import HASH, PASSWORD, basic

pytestmark = pytest.mark.e2e
CAPTURES = Path(__file__).parents[1] / "captures"
XMRIG = CAPTURES / "xmrig" / "6.21__2x-gpu__mining"
HASHES_PER_SECOND = 41_250_000.5
WATTS = 1284.6
ALICE = basic("alice", PASSWORD)


@pytest.fixture
def feeds() -> Iterator[FakeFeeds]:
    with FakeFeeds() as feeds:
        yield feeds


@pytest.fixture
def miner() -> Iterator[FakeMiner]:
    pages = {"/2/summary": (XMRIG / "summary.raw").read_bytes(), "/2/backends": (XMRIG / "backends.raw").read_bytes()}
    with FakeMiner(pages) as miner:
        yield miner


@pytest.fixture
def meter() -> Iterator[FakeMiner]:
    raw = (CAPTURES / "shelly" / "1.4__plus-plug__one-socket" / "status.raw").read_bytes()
    with FakeMiner({"/rpc/Shelly.GetStatus": raw}) as meter:
        yield meter


def told_to_alice(folder: Path) -> str:
    """Tables of a configuration by which she sees money, and bob does not."""
    users = folder / "web.yml"
    users.touch(mode=0o600)
    users.write_text(f'basic_auth_users:\n  alice: "{HASH}"\n  bob: "{HASH}"\n')
    return """
[agent]
interval_seconds = 1
[http]
listen = "127.0.0.1:0"
web_config_file = "web.yml"
books_users = ["alice"]
"""


def configured(folder: Path, feeds: FakeFeeds, miner: FakeMiner, meter: FakeMiner, *, vat: str = "0.25") -> str:
    key = folder / "key"
    key.write_text("key-of-a-test\n")
    key.chmod(0o600)
    return f"""
{told_to_alice(folder)}
[collectors.nvml]
enabled = false
[[miners]]
name = "cards"
driver = "xmrig"
address = "{miner.address}"
[[meters]]
name = "wall"
driver = "shelly"
address = "{meter.address}"
[profit]
coins = ["RVN", "CLORE"]
pool_fee_ratio = 0.0
[tariff]
kind = "dynamic"
currency = "EUR"
feed = "hours"
vat_ratio = "{vat}"
[[feeds]]
feed = "minerstat"
name = "coins"
base_url = "{feeds.url}"
key_file = "{key}"
[[feeds]]
feed = "ecb"
base_url = "{feeds.url}"
[[feeds]]
feed = "awattar"
name = "hours"
base_url = "{feeds.url}"
"""


REVENUE = 'rig_profit_revenue_per_day{currency="EUR"}'
COST = 'rig_profit_energy_cost_per_day{currency="EUR"}'
BREAK_EVEN = 'rig_profit_break_even_price_per_kilowatt_hour{currency="EUR"}'
PRICE = 'rig_market_price{coin="RVN",currency="USD",source="minerstat"}'


def test_it_tells_what_the_rig_earns_by_its_meter_its_tariff_and_the_newest_market(
    tmp_path: Path, feeds: FakeFeeds, miner: FakeMiner, meter: FakeMiner
) -> None:
    coins = 0.99 * HASHES_PER_SECOND * 86_400 * 1250 / (70_000 * 2**32)  # the program keeps a hundredth
    with Agent(tmp_path, configured(tmp_path, feeds, miner, meter), authorization=ALICE) as agent:
        page = agent.wait_until(lambda page: len(with_label(page, "rig_profit_candidate_per_day")) == 4, seconds=40)
        for_bob = agent.get("/metrics", {"Authorization": basic("bob", PASSWORD)})
        assert "rig_market_price{" in for_bob
        assert "rig_profit_" not in for_bob

        assert page[PRICE] == 0.0184
        assert page['rig_network_difficulty{coin="RVN"}'] == 70_000
        assert page['rig_tariff_import_price_per_kilowatt_hour{currency="EUR",tariff="dynamic"}'] == pytest.approx(0.1)
        assert page['rig_profit_power_watts{source="meter"}'] == WATTS
        assert page[COST] == pytest.approx(WATTS / 1000 * 24 * 0.1)
        of_rvn = with_label(page, "rig_profit_candidate_per_day", coin="RVN", algorithm="kawpow", currency="EUR")
        assert {key.split("part=")[1] for key in of_rvn} == {'"rtx3060"}', '"rx5700xt"}'}  # each with its own
        assert sum(of_rvn.values()) == pytest.approx(coins * 0.0184 / 1.25 - WATTS / 1000 * 2.4, rel=1e-4)
        assert all(value == 1 for value in with_label(page, "rig_market_feed_up").values())
        # its miner does not say which of the two coins it is
        assert REVENUE not in page
        assert not [line for line in agent.lines if "rror" in line]

        agent.config.write_text(agent.config.read_text().replace('["RVN", "CLORE"]', '["RVN"]'))
        agent.process.send_signal(signal.SIGHUP)
        page = agent.wait_until(lambda page: REVENUE in page)

        assert page[REVENUE] == pytest.approx(coins * 0.0184 / 1.25, rel=1e-4)
        assert set(with_label(page, "rig_profit_selected", coin="RVN", algorithm="kawpow").values()) == {1}
        assert page[BREAK_EVEN] == pytest.approx(page[REVENUE] / (WATTS * 0.024), rel=1e-9)
        assert sorted(feeds.asked) == sorted([MARKET, TARIFF, BANK])  # what did not change is not asked anew


def test_a_restart_asks_nobody_again_and_dead_feeds_cost_no_tick(
    tmp_path: Path, feeds: FakeFeeds, miner: FakeMiner, meter: FakeMiner
) -> None:
    config = configured(tmp_path, feeds, miner, meter)
    with Agent(tmp_path, config, authorization=ALICE) as agent:
        agent.wait_until(lambda page: PRICE in page)
        assert agent.stop()[0] == 0
    asked = list(feeds.asked)
    feeds.fails = True

    with Agent(tmp_path, config, authorization=ALICE) as agent:
        page = agent.wait_until(lambda page: PRICE in page)
        assert page[PRICE] == 0.0184
        assert feeds.asked == asked

    shutil.rmtree(agent.state / "feeds")
    with Agent(tmp_path, config, authorization=ALICE) as agent:
        page = agent.wait_until(lambda page: len(with_label(page, "rig_market_feed_up")) == 3)
        down = [name for name, value in with_label(page, "rig_market_feed_up").items() if value == 0]
        assert len(down) == 3
        reasons = with_label(page, "rig_market_feed_error", feed="coins")
        assert [name for name, value in reasons.items() if value] == [
            'rig_market_feed_error{feed="coins",reason="refused"}'
        ]
        assert not with_label(page, "rig_market_price")
        assert COST not in page
        before = page["rig_agent_last_tick_timestamp_seconds"]
        agent.wait_until(lambda page: page["rig_agent_last_tick_timestamp_seconds"] > before + 2)
        assert len(feeds.asked) == len(asked) + 3


def test_without_a_tariff_and_feeds_nothing_of_it_is_there(tmp_path: Path) -> None:
    with Agent(tmp_path, told_to_alice(tmp_path), authorization=ALICE) as agent:
        page = agent.wait_until(lambda page: page)
        modules = Path(f"/proc/{agent.process.pid}/maps").read_text()

    assert not [name for name in page if name.startswith(("rig_market", "rig_profit", "rig_tariff", "rig_network"))]
    assert "numpy" not in modules


def test_a_tariff_alone_tells_what_the_rig_costs(tmp_path: Path, meter: FakeMiner) -> None:
    config = f"""
{told_to_alice(tmp_path)}
[[meters]]
name = "wall"
driver = "shelly"
address = "{meter.address}"
[tariff]
currency = "EUR"
price_per_kilowatt_hour = "0.30"
"""
    with Agent(tmp_path, config, authorization=ALICE) as agent:
        page = agent.wait_until(lambda page: COST in page)

    assert page[COST] == pytest.approx(WATTS / 1000 * 24 * 0.3)
    assert page['rig_tariff_import_price_per_kilowatt_hour{currency="EUR",tariff="flat"}'] == 0.3
    assert not with_label(page, "rig_tariff_slot_end_timestamp_seconds")
    assert not with_label(page, "rig_market_feed_up")
