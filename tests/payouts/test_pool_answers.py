"""What each pool's answers come to. Answers here are made after the pools' documentation, with invented values."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from miner_agent.config.entries import PoolName
from miner_agent.config.named_files import SecretFile
from miner_agent.errors import BadPayload, ConfigError
from miner_agent.payouts.asking import AskedPool
from miner_agent.payouts.pool_list import POOLS
from tests.bookkeeping.books import book_in, entries_in
from tests.payouts.fake_pools import NOW, FakePool, entry, synced
from tests.requires import captured_cases, captured_folder

CAPTURED = captured_folder()
HASH = [f"{number:064x}" for number in range(100)]
CASES = [
    ("nanopool_payments.json", "nanopool", "XMR", "/v1/xmr/payments/48account"),
    ("f2pool_v1_user.json", "f2pool", "BTC", "/bitcoin/48account"),
    ("braiins_payouts.json", "braiins", "BTC", "/accounts/payouts/json/btc"),
    ("moneroocean_payments.json", "moneroocean", "XMR", "/miner/48account/payments?page=0&limit=15"),
    ("unmineable_payments.json", "unmineable", "TRX", "/v4/account/48account/payments?page=1"),
]


def booked(folder: Path) -> list[tuple[str, str, str | None, str | None]]:
    """Of each payout its time, amount, transaction and fee."""
    told = []
    for one in entries_in(folder):
        if one.event.kind == "payout" and one.status != "cancelled":
            event: Any = one.event
            fee = None if event.fee_amount is None else f"{event.fee_amount:f}"
            told.append((f"{event.time:%Y-%m-%dT%H:%M:%SZ}", f"{event.amount:f}", event.txid, fee))
    return told


@pytest.mark.parametrize("case", captured_cases(CASES if CAPTURED else []))
def test_captured_answers_come_to_what_is_expected_of_them(folder: Path, case: tuple[str, str, str, str]) -> None:
    assert CAPTURED is not None
    name, pool, coin, path = case
    raw = (CAPTURED / "payouts" / name).read_bytes()
    expected = json.loads((CAPTURED / "payouts" / "expected.json").read_text())[name]["income"]
    with FakePool(lambda asked, _: raw if asked == path else b"[]" if pool == "moneroocean" else None) as fake:
        (done,) = synced(folder, entry(pool, fake.url, coin=coin))
        (again,) = synced(folder, entry(pool, fake.url, coin=coin))

    assert done.error is None
    assert [(time, amount, txid) for time, amount, txid, _ in booked(folder)] == [
        (row["time"], row["amount"], row["txid"]) for row in expected
    ]
    assert [fee for *_, fee in booked(folder)] == [row.get("fee") for row in expected]
    assert again.booked is not None
    assert (again.booked.added, again.booked.known) == ((), len(expected))


def moneroocean(rows: list[dict[str, Any]]) -> Any:
    """Pages of fifteen, as it hands them out."""

    def page(path: str, _: bytes) -> Any:
        number = int(path.partition("page=")[2].partition("&")[0])
        return rows[15 * number : 15 * number + 15]

    return page


def test_every_page_of_a_history_is_asked_for(folder: Path) -> None:
    rows = [{"ts": 1704240000 - 60 * n, "amount": 3125000000 + n, "txnHash": HASH[n]} for n in range(40)]
    with FakePool(moneroocean(rows)) as fake:
        synced(folder, entry("moneroocean", fake.url))

    assert len(booked(folder)) == 40
    assert booked(folder)[-1][:2] == ("2024-01-03T00:00:00Z", "0.003125")


@pytest.mark.parametrize(
    ("pool", "coin", "more", "page"),
    [
        ("moneroocean", "XMR", {"recognition": "credit"}, [{"ts": 1704153600, "value": 0, "hash": "a", "txnHash": None}]),
        ("moneroocean", "XMR", {}, [{"ts": 1704153600, "amount": 5, "txnHash": None}]),
        ("unmineable", "TRX", {}, {
            "success": True, "data": {"coin": "TRX", "list": [{"id": 1, "status": "pending"}], "has_next": True},
        }),
    ],
)  # fmt: skip
def test_a_page_that_comes_again_is_the_last_one_though_nothing_of_it_is_a_payout(
    folder: Path, pool: str, coin: str, more: dict[str, Any], page: Any
) -> None:
    with FakePool(lambda *_: page) as fake:
        (done,) = synced(folder, entry(pool, fake.url, coin=coin, **more))

    assert done.error is None
    assert len(fake.asked) <= 4


def test_a_cryptonote_pool_is_read_page_by_page_with_twins_of_one_second_on_two_of_them(folder: Path) -> None:
    payments = sorted([(1_700_000_000 + n // 2, HASH[n], 10**12 + n) for n in range(9)], reverse=True)

    def flat(rows: list[tuple[int, str, int]]) -> list[str]:
        return [cell for time, txid, amount in rows for cell in (f"{txid}:{amount}:1000:7", str(time))]

    def page(path: str, _: bytes) -> Any:
        if path.startswith("/stats_address?"):
            return {"stats": {"balance": "17"}, "payments": flat(payments[:3])}
        before = int(path.partition("time=")[2].partition("&")[0])
        return flat([row for row in payments if row[0] < before][:3])

    with FakePool(page) as fake:
        (done,) = synced(folder, entry("cryptonote", fake.url))

    assert done.error is None
    assert sorted(amount for _, amount, *_ in booked(folder)) == sorted(
        f"{(Decimal(amount) / 10**12).normalize():f}" for *_, amount in payments
    )


def test_the_units_of_a_coin_that_is_not_known_are_asked_for(folder: Path) -> None:
    def page(path: str, _: bytes) -> Any:
        if path == "/stats":
            return {"config": {"coinUnits": 100}}
        return {"payments": [f"{HASH[1]}:12345:1:7", "1700000000"]} if path.startswith("/stats_address") else []

    with FakePool(page) as fake:
        synced(folder, entry("cryptonote", fake.url, coin="TRTL"))

    assert booked(folder)[0][1] == "123.45"


@pytest.mark.parametrize(
    ("coin", "told", "amount"),
    [("XMR", 150000000000, "0.15"), ("ETC", 198371560, "0.19837156"), ("RVN", 12345678900, "123.456789")],
)
def test_2miners_tells_amounts_in_units_of_its_own(folder: Path, coin: str, told: int, amount: str) -> None:
    answer = {"payments": [{"amount": told, "timestamp": 1700000000, "tx": HASH[1], "txFee": 0}], "paymentsTotal": 3}
    with FakePool(lambda path, _: answer if path == "/api/accounts/48account" else None) as fake:
        (done,) = synced(folder, entry("2miners", fake.url, coin=coin))

    assert booked(folder) == [("2023-11-14T22:13:20Z", amount, HASH[1], None)]
    assert "it lists 1 of 3 payouts" in done.notes[0]


@pytest.mark.parametrize(
    ("pool", "answer"),
    [
        ("nanopool", {"status": True}),
        ("ocean", {"result": {"earnings": []}}),
        ("cryptonote", {"stats": {"balance": "1"}}),
    ],
)
def test_an_answer_without_its_list_is_no_answer(folder: Path, pool: str, answer: Any) -> None:
    with FakePool(lambda *_: answer) as fake:
        (done,) = synced(folder, entry(pool, fake.url))

    assert isinstance(done.error, BadPayload)


def test_ocean_tells_satoshis_and_times_of_utc(folder: Path) -> None:
    payouts = [
        {"ts": "2025-05-05T08:15:30", "on_chain_txid": HASH[1], "total_satoshis_net_paid": 12345, "is_generation_txn": True},
        {"ts": "1746432931", "on_chain_txid": None, "lightning_txid": "ln-1", "total_satoshis_net_paid": "700"},
    ]  # fmt: skip
    with FakePool(lambda *_: {"result": {"earnings": [], "payouts": payouts}}) as fake:
        synced(folder, entry("ocean", fake.url, coin="BTC"))

    assert fake.asked[0][1] == f"/v1/earnpay/48account/2023-11-01/{NOW:%Y-%m-%d}"
    assert booked(folder) == [
        ("2025-05-05T08:15:30Z", "0.00012345", HASH[1], None), ("2025-05-05T08:15:31Z", "0.000007", None, None),
    ]  # fmt: skip


def test_p2pool_pays_by_coinbase_transactions(folder: Path) -> None:
    row = {"timestamp": 1687085695, "coinbase_id": HASH[2], "coinbase_reward": 3400854816, "coinbase_output_index": 26}
    with FakePool(lambda *_: [row]) as fake:
        synced(folder, entry("p2pool", fake.url))

    assert booked(folder) == [("2023-06-18T10:54:55Z", "0.003400854816", HASH[2], None)]


def test_bills_of_f2pool_are_asked_for_by_the_one_post_that_reads(folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("canary-5d")
    key.chmod(0o600)
    bills = [
        {"id": 1, "type": "payout", "created_at": 1700000000, "changed_balance": -0.1,
         "payout_extra": {"value": 0.09999, "tx_id": HASH[3], "paid_time": 1700000100}},
        {"id": 2, "type": "revenue", "created_at": 1700000000, "changed_balance": 0.1, "payout_extra": None},
    ]  # fmt: skip
    with FakePool(lambda *_: {"transactions": bills}) as fake:
        (done,) = synced(folder, entry("f2pool_v2", fake.url, coin="BTC", key_file=SecretFile(key)))

    assert done.error is None
    assert booked(folder) == [("2023-11-14T22:15:00Z", "0.09999", HASH[3], None)]
    assert [(method, path) for method, path, _ in fake.asked] == [("POST", "/v2/assets/transactions/list")]
    assert fake.headers[0]["F2P-API-SECRET"] == "canary-5d"


def listed(txid: str, *, vout: int = 0, confirmations: int = 6, category: str = "receive") -> dict[str, Any]:
    return {
        "address": "48account", "category": category, "amount": 0.10000001, "vout": vout, "txid": txid,
        "confirmations": confirmations, "blocktime": 1700000000, "time": 1699999999,
    }  # fmt: skip


def test_a_wallet_tells_what_arrived_and_what_was_taken_back(folder: Path) -> None:
    told = {"transactions": [listed(HASH[1]), listed(HASH[1], vout=1), listed(HASH[2], confirmations=0)], "removed": []}
    other = {**listed(HASH[9]), "address": "another", "label": ""}
    told["transactions"] += [other, listed(HASH[8], category="immature"), listed(HASH[7], category="send")]
    with FakePool(lambda *_: {"result": told, "error": None}) as fake:
        wallet = entry("bitcoind", fake.url, coin="BTC")
        synced(folder, wallet)
        first = booked(folder)
        told["transactions"] = [listed(HASH[1], vout=1)]
        told["removed"] = [listed(HASH[1], confirmations=-1)]
        synced(folder, wallet)
        synced(folder, wallet)
        assert [json.loads(body)["method"] for _, _, body in fake.asked] == ["listsinceblock"] * 3

    assert [(txid, amount) for _, amount, txid, _ in first] == [(HASH[1], "0.10000001")] * 2
    assert len(booked(folder)) == 1
    assert [one.event.kind for one in entries_in(folder)].count("cancel") == 1


def test_credits_are_income_where_that_is_said_and_payouts_move_them(folder: Path) -> None:
    def page(path: str, _: bytes) -> Any:
        rows = [{"ts": 1704153600, "value": 0.1, "hash": "hex1"}, {"ts": 1704153601, "value": 0, "hash": "hex2"}]
        payments = [{"ts": 1704240000, "amount": 60000000000, "txnHash": HASH[1]}]
        if "page=0" not in path:
            return []
        return rows if "block_payments" in path else payments

    with FakePool(page) as fake:
        for _ in range(2):
            (done,) = synced(folder, entry("moneroocean", fake.url, recognition="credit"))
        (refused,) = synced(folder, entry("moneroocean", fake.url))
    book = book_in(folder)

    assert done.error is None
    assert [event.kind for event in book.events] == ["pool_credit", "transfer"]
    assert {lot.wallet: lot.amount for lot in book.matching.held} == {
        "at moneroocean": Decimal("0.04"), "w": Decimal("0.06"),
    }  # fmt: skip
    assert isinstance(refused.error, ConfigError)
    assert '"credit" is what was booked' in str(refused.error)


@pytest.mark.parametrize(
    ("pool", "more", "sentence"),
    [
        ("cryptonote", {"base_url": None}, "base_url is missing"),
        ("braiins", {"base_url": None}, "answers nobody without a key"),
        ("nanopool", {"recognition": "credit"}, "tells no credits"),
        ("nanopool", {"base_url": "ftp://a"}, "base_url begins with neither"),
    ],
)
def test_what_a_pool_cannot_be_asked_is_said(pool: str, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        AskedPool.of(entry(pool, "http://127.0.0.1:1", **more))


def test_every_word_for_a_pool_has_its_answers() -> None:
    assert set(get_args(PoolName)) == set(POOLS)
