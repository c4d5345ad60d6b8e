"""Asking pools: each costs nothing but itself, nothing is booked twice or taken away, and no key leaves its place."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from miner_agent.bookkeeping.event_reader import EventRefused
from miner_agent.config.named_files import SecretFile
from miner_agent.errors import BadPayload, Refused
from miner_agent.payouts.asking import AskedPool
from miner_agent.payouts.pool_list import POOLS
from miner_agent.payouts.syncing import events_told
from miner_agent.storage.ledger.chain_check import check_books
from miner_agent.storage.sqlite.file_names import LEDGER_FILE, STATE_FILE
from miner_agent.storage.state.ledger_heads import known_heads
from tests import databases
from tests.bookkeeping.books import entries_in, events_file, imported, payout
from tests.cli.every_command import Done, ended
from tests.fake_http import FakeMiner
from tests.forks import KILLED_AT_A_CALL, Forks, forking
from tests.mutations import mutated
from tests.payouts.fake_pools import NOW, FakePool, entry, synced
from tests.requires import captured_folder

HASH = [f"{number:064x}" for number in range(200)]
EACH = 40


def nanopool(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"status": True, "data": list(rows)}


def paid(number: int, **more: Any) -> dict[str, Any]:
    return {"date": 1556712000 + number, "txHash": HASH[number], "amount": 0.1, "confirmed": True} | more


def payouts(folder: Path) -> list[Any]:
    return [one.event for one in entries_in(folder) if one.event.kind == "payout" and one.status != "cancelled"]


def configured(folder: Path, *tables: str) -> Path:
    file = folder / "config.toml"
    file.write_text('[profit]\ncurrency = "USD"\n' + "".join(f"[[payouts]]\n{table}\n" for table in tables))
    return file


def table(url: str, **more: str) -> str:
    told = {"pool": "nanopool", "coin": "XMR", "account": "48account", "wallet": "w", "base_url": url} | more
    return "\n".join(f'{key} = "{value}"' for key, value in told.items())


def sync(folder: Path, config: Path, *options: str) -> Done:
    return ended("payouts", "sync", "--config", str(config), "--state-dir", str(folder), *options)


def test_every_pool_is_read_and_the_answer_is_kept_as_evidence(folder: Path) -> None:
    with FakePool(lambda *_: nanopool(paid(1), paid(2, confirmed=False))) as fake:
        config = configured(folder, table(fake.url), table(fake.url, name="second", wallet="v"))
        would = sync(folder, config, "--dry-run")
        assert (would.returncode, (folder / LEDGER_FILE).exists()) == (0, True)
        first, again = sync(folder, config, "--json"), sync(folder, config, "--json")

    assert first.returncode == again.returncode == 0, first.stderr
    assert "would be booked" in would.stdout
    assert [(one["name"], len(one["added"]), one["is_read"]) for one in json.loads(first.stdout)["pools"]] == [
        ("nanopool", 2, True), ("second", 1, True),
    ]  # fmt: skip
    assert [one["known"] for one in json.loads(again.stdout)["pools"]] == [1, 1]
    assert [(event.wallet, event.value) for event in payouts(folder)] == [("w", None), ("v", None)]
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM evidence").fetchone() == (1,)


def test_what_a_pool_no_longer_lists_stays(folder: Path) -> None:
    answer = nanopool(paid(1), paid(2))
    with FakePool(lambda *_: answer) as fake:
        synced(folder, entry("nanopool", fake.url))
        answer = nanopool(paid(2))
        (done,) = synced(folder, entry("nanopool", fake.url))

    assert done.error is None
    assert len(payouts(folder)) == 2


@pytest.mark.thorough
@pytest.mark.parametrize(
    "hostile",
    [
        b"", b"<html>", b"{", b"[" * 100_000, b'{"status": true, "data": {}}', b"\xff\xfe", b"null",
        json.dumps(nanopool(paid(1), paid(2, amount=-1))).encode(),
        json.dumps(nanopool(paid(1), paid(2, amount="1e99"))).encode(),
        json.dumps(nanopool(paid(1), paid(2, txHash="\x1b[31m"))).encode(),
        json.dumps(nanopool(paid(1), paid(2, date=10**30))).encode(),
        json.dumps(nanopool(paid(1), paid(2, date=-1))).encode(),
    ],
)  # fmt: skip
def test_a_hostile_answer_costs_its_pool_alone_and_nothing_of_it_is_booked(folder: Path, hostile: bytes) -> None:
    with FakePool(lambda *_: hostile) as bad, FakePool(lambda *_: nanopool(paid(3))) as good:
        done = sync(folder, configured(folder, table(bad.url, name="bad"), table(good.url, name="good")))

    assert done.returncode == 69
    assert [event.txid for event in payouts(folder)] == [HASH[3]]
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("miner-agent: bad: ")
    assert "bad: bad: " not in done.stderr


def test_where_a_later_page_fails_those_before_it_stand_and_the_pool_is_not_read(folder: Path) -> None:
    rows = [{"ts": 1704240000 - n, "amount": 10**9, "txnHash": HASH[n]} for n in range(15)]
    with FakePool(lambda path, _: rows if "page=0" in path else [{"txnHash": HASH[50], "ts": "x"}]) as fake:
        (done,) = synced(folder, entry("moneroocean", fake.url))

    assert isinstance(done.error, BadPayload)
    assert len(payouts(folder)) == 15


def test_where_no_pool_can_be_read_the_command_fails_and_says_neither_key_nor_account(folder: Path) -> None:
    account = "48" + "A" * 93
    with FakePool(lambda *_: None) as fake:
        done = sync(folder, configured(folder, table(fake.url, account=account)))

    assert done.returncode == 69
    assert "HTTP 404" in done.stderr
    assert account[:12] not in done.stdout + done.stderr


def test_a_key_goes_into_its_header_and_nowhere_else(folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("canary-7c1f-5d2e")
    key.chmod(0o600)
    with FakePool(lambda *_: {"onchain": "canary-7c1f-5d2e", "lightning": None}) as fake:
        (done,) = synced(folder, entry("braiins", fake.url, coin="BTC", key_file=SecretFile(key)))

    assert fake.headers[0]["Pool-Auth-Token"] == "canary-7c1f-5d2e"
    assert all("canary" not in path for _, path, _ in fake.asked)
    assert "canary" not in str(done.error)


def test_a_key_that_a_pool_does_not_take_stays_where_it_is(folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("canary-7c1f-5d2e")
    key.chmod(0o600)
    with FakePool(lambda *_: {"payments": [{"amount": 150000000000, "timestamp": 1700000000, "tx": HASH[1]}]}) as fake:
        done = sync(folder, configured(folder, table(fake.url, pool="2miners", key_file=str(key))))

    assert (done.returncode, len(payouts(folder))) == (0, 1), done.stderr
    assert "it takes no key" in done.stderr
    assert "canary" not in str(fake.asked) + str(fake.headers) + done.stdout + done.stderr


def test_a_key_file_that_others_may_read_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary")
    (tmp_path / "key").chmod(0o644)
    with FakePool(lambda *_: None) as fake:
        config = configured(folder, table(fake.url, pool="braiins", coin="BTC", key_file=str(tmp_path / "key")))
        done = sync(folder, config)

    assert (done.returncode, fake.asked) == (78, [])
    assert "chmod 600" in done.stderr


def test_a_pool_and_a_file_tell_each_payout_once_and_what_was_cancelled_stays_so(folder: Path) -> None:
    imported(folder, events_file(payout("x", txid=HASH[1], amount="0.1"), payout("y", txid=HASH[2], amount="0.1")))
    imported(
        folder, events_file({"id": "c", "kind": "cancel", "time": "2025-01-01T00:00:00Z", "target": "y", "why": "no"})
    )
    with FakePool(lambda *_: nanopool(paid(1), paid(2), paid(3))) as fake:
        (done,) = synced(folder, entry("nanopool", fake.url))

    assert done.booked is not None
    assert (len(done.booked.added), done.booked.known) == (1, 2)
    assert sorted(event.txid for event in payouts(folder)) == [HASH[1], HASH[3]]


def test_a_payment_that_was_on_its_way_under_an_id_of_the_pool_is_linked_when_its_transaction_is_known(
    folder: Path,
) -> None:
    row: dict[str, Any] = {"tx": None, "amount": "15.5", "timestamp": 1612714318000, "status": "success", "id": 379801}
    with FakePool(lambda *_: {"success": True, "data": {"coin": "TRX", "list": [row], "has_next": False}}) as fake:
        synced(folder, entry("unmineable", fake.url, coin="TRX"))
        row["tx"] = HASH[5]
        (done,) = synced(folder, entry("unmineable", fake.url, coin="TRX"))

    assert done.booked is not None
    assert len(done.booked.linked) == 1
    assert [event.txid for event in payouts(folder)] == [HASH[5]]


def test_a_payout_over_lightning_that_a_file_tells_too_is_booked_once_and_twins_of_the_file_stay_several(
    folder: Path,
) -> None:
    def row(preimage: str) -> dict[str, Any]:
        return {"resolved_at_ts": 1651536004, "status": "confirmed", "amount_sats": 12345, "preimage": preimage}

    with FakePool(lambda *_: {"onchain": [], "lightning": [row("66")]}) as fake:
        synced(folder, entry("braiins", fake.url, coin="BTC"))
    (folder / "p.csv").write_text("Date,Amount\n" + "2022-05-03T00:00:04Z,0.00012345\n" * 2)
    options = ("--pool", "braiins", "--asset", "BTC", "--wallet", "w", "--columns", "time=Date,amount=Amount")
    for _ in range(2):
        done = ended("payouts", "import", str(folder / "p.csv"), *options, "--state-dir", str(folder))
        assert done.returncode == 0, done.stderr

    assert len(payouts(folder)) == 2


def test_redirects_are_not_followed(folder: Path) -> None:
    with (
        FakePool(lambda *_: nanopool(paid(1))) as other,
        FakeMiner({"/v1/xmr/payments/48account": b"x"}, status="302 Found", location=other.url) as fake,
    ):
        (done,) = synced(folder, entry("nanopool", fake.address))
        fake.received.clear()

    assert isinstance(done.error, Refused)
    assert other.asked == []


@pytest.mark.parametrize("account", ["48account" + 86 * "A", "kaspa:qr" + 61 * "x", "x+5000@pool", "alice"])
def test_whose_account_it_is_stands_in_no_sentence(folder: Path, account: str) -> None:
    with FakeMiner({}) as fake:
        (done,) = synced(folder, entry("nanopool", fake.address, account=account))
        asked = fake.paths
        fake.received.clear()

    assert done.error is not None
    assert "HTTP 404" in str(done.error)
    assert asked
    for spelled in (account, asked[0].rpartition("/")[2]):
        assert spelled not in str(done.error)
        assert spelled[-20:] not in str(done.error)


def test_no_answer_that_a_pool_could_give_makes_more_of_it_than_an_error(folder: Path) -> None:
    """Many answers, each with a few changes, of every pool for which one was captured."""
    given = captured_folder()
    raws = {
        "nanopool": json.dumps(nanopool(paid(1), paid(2))).encode(),
        "2miners": b'{"payments":[{"amount":15,"timestamp":1700000000,"tx":"ab","txFee":1}],"paymentsTotal":3}',
        "bitcoind": b'{"result":{"transactions":[{"address":"48account","category":"receive","amount":0.1,"vout":0,'
        b'"txid":"ab","confirmations":3,"blocktime":1700000000}],"removed":[]},"error":null}',
        "cryptonote": b'{"payments":["ab:15:1:7","1700000000"]}',
        "ocean": b'{"result":{"payouts":[{"ts":"2025-05-05T08:15:30","on_chain_txid":"ab","total_satoshis_net_paid":1}]}}',
    }
    if given is not None:
        raws["braiins"] = (given / "payouts" / "braiins_payouts.json").read_bytes()
        raws["unmineable"] = (given / "payouts" / "unmineable_payments.json").read_bytes()
    dice = Random(7)
    for name, raw in raws.items():
        for _ in range(200):
            answer = mutated(raw, list(raws.values()), dice)
            asked_once(name, answer)


def asked_once(name: str, answer: bytes) -> None:
    pages: list[bytes] = [answer]

    def fetch(*_: object, **__: object) -> bytes:
        return pages.pop() if pages else b"[]"

    asked = AskedPool.of(entry(name, "http://127.0.0.1:1", coin="TRX" if name == "unmineable" else "XMR"))
    told = asked.ask(POOLS[name].payouts, now=NOW, fetch=fetch, monotonic=lambda: 0.0)
    try:
        events_told(asked, told.gathered)
    except EventRefused as refused:
        assert str(refused)


DYING = f"""
import signal
from miner_agent.bookkeeping import booking
from miner_agent.cli.first_level import cli
from miner_agent.cli.commands import payouts_command
from miner_agent.cli.support import documents, ledger_tables, needed_config, state_place, synced_pools
from miner_agent.config import loading
from miner_agent.payouts import asking, syncing
from miner_agent.transport import feed_requests
{KILLED_AT_A_CALL}"""


def sync_killed(folder: Path, url: str, forks: Forks, at_call: int) -> list[str]:
    databases.begun(folder)
    databases.empty_ledger(folder)
    imported(folder, events_file(payout("first", txid="first")))
    config = configured(folder, table(url), table(url, name="second", wallet="v"))
    return list(
        forks.lines_of("payouts", "sync", "--config", config, "--state-dir", folder, at_call)
    )  # fmt: skip


@pytest.mark.parametrize("kills", [pytest.param(20, marks=pytest.mark.e2e), pytest.param(500, marks=pytest.mark.soak)])
def test_a_killed_sync_loses_nothing_that_was_said_to_be_booked_and_books_nothing_twice(
    tmp_path: Path, kills: int
) -> None:
    outcomes = set()
    with FakePool(lambda *_: nanopool(*(paid(n) for n in range(EACH)))) as fake, forking(DYING) as forks:
        said = sync_killed(tmp_path / "whole", fake.url, forks, 0)
        calls = next(int(line.split()[1]) for line in said if line.startswith("calls "))
        for number in range(1, kills + 1):
            folder = tmp_path / str(number)
            said = sync_killed(folder, fake.url, forks, max(1, int(1.1 * calls * number / kills)))
            assert said[-1] == "ended -9"
            acknowledged = EACH * sum(f"{EACH} booked" in line for line in said)
            kept = len(payouts(folder)) - 1
            assert kept in {0, EACH, 2 * EACH}
            assert kept >= acknowledged
            outcomes.add((kept, acknowledged))
            assert check_books(folder / LEDGER_FILE, known_heads(folder / STATE_FILE)).findings == ()
            assert sync(folder, folder / "config.toml").returncode == 0
            assert len(payouts(folder)) == 1 + 2 * EACH

    assert {0, 2 * EACH} <= {kept for kept, _ in outcomes}
