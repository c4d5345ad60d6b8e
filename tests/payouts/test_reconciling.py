"""The book beside what pools and wallets say."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bookkeeping.books import events_file, imported, payout
from tests.cli.every_command import Done, ended
from tests.payouts.fake_pools import FakePool, entry, synced
from tests.payouts.test_syncing import HASH, configured, table


def reconciled(folder: Path, config: Path, *options: str) -> Done:
    return ended("ledger", "reconcile", "--config", str(config), "--state-dir", str(folder), *options)


def moneroocean(owed: int) -> Any:
    def page(path: str, _: bytes) -> Any:
        if path.endswith("/stats"):
            return {"amtDue": owed}
        if "page=0" not in path:
            return []
        if "block_payments" in path:
            return [{"ts": 1704153600, "value": 0.1, "hash": "hex1"}]
        return [{"ts": 1704240000, "amount": 60000000000, "txnHash": HASH[1]}]

    return page


@pytest.mark.parametrize(("owed", "agrees"), [(40000000000, True), (39000000000, False)])
def test_credits_less_payouts_are_compared_with_what_a_pool_owes(folder: Path, owed: int, agrees: bool) -> None:
    imported(folder, events_file(payout("known", txid=HASH[1], amount="0.06")))
    with FakePool(moneroocean(owed)) as fake:
        done = reconciled(folder, configured(folder, table(fake.url, pool="moneroocean")), "--json")
        said = reconciled(folder, folder / "config.toml")
    (pool,) = json.loads(done.stdout)["pools"]

    assert done.returncode == said.returncode == (0 if agrees else 3), done.stderr
    assert (pool["credited"], pool["paid"], pool["expected_unpaid"], pool["agrees"]) == ("0.1", "0.06", "0.04", agrees)
    assert ("agrees with credits" if agrees else "differs from credits less payouts by -0.001") in said.stdout


def test_a_payout_that_is_not_booked_and_an_open_item_are_told(folder: Path) -> None:
    imported(folder, events_file(payout("a", amount="0.06", time="2024-01-03T00:00:00Z", value=None, price=None)))
    with FakePool(moneroocean(40000000000)) as fake:
        done = reconciled(folder, configured(folder, table(fake.url, pool="moneroocean", wallet="other")))

    assert done.returncode == 3
    assert "1 not booked yet" in done.stdout
    assert "1 entry without a price" in done.stdout


def test_lots_are_compared_with_what_lies_in_the_wallet(folder: Path) -> None:
    held = "0.3"
    transactions = [
        {"address": "48account", "category": "receive", "amount": 0.25, "vout": 0, "txid": HASH[1], "confirmations": 3,
         "blocktime": 1700000000},
    ]  # fmt: skip

    def page(_: str, body: bytes) -> Any:
        asked = json.loads(body)["method"]
        return {"error": None, "result": {"transactions": transactions} if asked == "listsinceblock" else float(held)}

    with FakePool(page) as fake:
        synced(folder, entry("bitcoind", fake.url, coin="BTC"))
        config = configured(folder, table(fake.url, pool="bitcoind", coin="BTC"))
        differs = reconciled(folder, config, "--json")
        held = "0.25"
        agrees = reconciled(folder, config, "--json")

    assert [(one["lots"], one["held"], one["agrees"]) for one in json.loads(differs.stdout)["wallets"]] == [
        ("0.25", "0.3", False),
    ]  # fmt: skip
    assert json.loads(agrees.stdout)["wallets"][0]["agrees"]


def test_a_pool_that_cannot_be_asked_is_said_and_the_others_are_compared(folder: Path) -> None:
    imported(folder, events_file(payout("known", txid=HASH[1], amount="0.06")))
    with FakePool(lambda *_: None) as bad, FakePool(moneroocean(40000000000)) as good:
        config = configured(folder, table(bad.url, name="bad"), table(good.url, pool="moneroocean"))
        done = reconciled(folder, config)

    assert done.returncode == 69
    assert "moneroocean: XMR: credited 0.1" in done.stdout
    assert "miner-agent: bad: " in done.stderr
