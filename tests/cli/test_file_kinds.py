"""A file of another kind is named for what it is, before anything is computed."""

from pathlib import Path

import pytest

from miner_agent.cli.support.file_kinds import FileKind, TakenFile, kind_of_start
from tests.cli.profit_asked import PRICE, RIG, run
from tests.for_each import for_each

pytestmark = pytest.mark.usefixtures("no_configuration")
TOLD = {
    "history.csv": b"date,coin,price,difficulty\n2026-01-01,RVN,0.01,1000\n",
    "list.csv": b"device,algorithm,hashrate\nRTX 3080,KAWPOW,47\n",
    "quotes.csv": b"coin,price,currency,coins_per_hash_per_second_per_day\nRVN,0.01,USD,1e-6\n",
    "rates.csv": b"date,from,to,rate\n2026-10-04,EUR,USD,1.1\n",
    "prices.csv": b"start,price,currency\n2026-10-04T00:00:00Z,0.1,USD\n",
    "tables.toml": b'[[hardware]]\nslug = "mine"\n',
    "config.toml": b'[agent]\nrig = "left"\n',
    "answer.json": b'{\n  "version": 1,\n  "market": [],\n  "ranking": []\n}\n',
    "empty": b"\n",
    "picture": b"\x89PNG\r\n\x1a\n\0\0",
}
ASKED = {
    "--market": ("profit", *RIG, *PRICE, "--market"),
    "--rates": ("profit", *RIG, *PRICE, "--rates"),
    "--tariff": ("profit", *RIG, "--tariff"),
    "--catalog": ("profit", *RIG, *PRICE, "--catalog"),
    "--history": ("outlook", "RVN", *RIG, *PRICE, "--history"),
    "backtest": ("backtest", *RIG, *PRICE),
    "history import": ("history", "import"),
    "hardware import": ("hardware", "import", "--dated", "2026-01-01"),
}
FITS = {
    "--market": {"quotes.csv", "rates.csv"},
    "--rates": {"quotes.csv", "rates.csv"},
    "--tariff": {"prices.csv", "config.toml"},
    "--catalog": {"tables.toml", "empty"},
    "--history": {"history.csv"},
    "backtest": {"history.csv"},
    "history import": {"history.csv", "quotes.csv", "rates.csv"},
    "hardware import": {"list.csv"},
}

TAKES = {
    "--market": TakenFile.MARKET,
    "--rates": TakenFile.RATES,
    "--tariff": TakenFile.TARIFF,
    "--catalog": TakenFile.TABLES,
    "--history": TakenFile.HISTORY,
    "backtest": TakenFile.HISTORY,
    "history import": TakenFile.DAYS,
    "hardware import": TakenFile.LIST,
}


@pytest.mark.parametrize("option", ASKED)
def test_each_option_names_what_it_was_given_instead_of_what_it_takes(tmp_path: Path, option: str) -> None:
    for name, raw in TOLD.items():
        (file := tmp_path / name).write_bytes(raw)
        if name not in FITS[option]:
            refused = run(*ASKED[option], str(file))
            kind = kind_of_start(raw)

            assert kind is not None, name
            assert refused.exit_code in {69, 78}, (name, refused.stderr)
            assert f"{name}: {kind.value}; {TAKES[option].value}" in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize("option", ASKED)
def test_a_folder_is_no_file(tmp_path: Path, option: str) -> None:
    refused = run(*ASKED[option], str(tmp_path))

    assert refused.exit_code in {69, 78}
    assert f"{FileKind.FOLDER.value}; {TAKES[option].value}" in refused.stderr


@pytest.mark.parametrize(("option", "file"), [("--market", "rates.csv"), ("--rates", "quotes.csv")])
def test_a_file_of_the_right_form_that_tells_nothing_of_what_is_asked_is_refused(
    tmp_path: Path, option: str, file: str
) -> None:
    (path := tmp_path / file).write_bytes(TOLD[file])
    refused = run(*ASKED[option], str(path), "--currency", "EUR")

    assert refused.exit_code == 69
    assert f"{file}: no" in refused.stderr
    assert TAKES[option].value in refused.stderr


@for_each("raw", [b"hello\n", b'{"a": 1}', b"[1, 2]", b"<a/>", b"time,PriceUSD\n", b"\xff\xfe"])
def test_what_nobody_knows_here_goes_to_whoever_reads_it(raw: bytes) -> None:
    assert kind_of_start(raw) is None
