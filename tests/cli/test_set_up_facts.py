"""What the doctor sees of the set-up on a machine: files, modes, places, books and alerts, without a word to anybody."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

from miner_agent.assembly import configured
from miner_agent.cli.support.running_demo import FOLDER_PREFIX, STATE
from miner_agent.cli.support.set_up_facts import set_up_facts
from miner_agent.config.configuration import Config
from miner_agent.config.named_secrets import named_secrets
from miner_agent.look.setup_checks import SecretFacts, SetUp
from miner_agent.market import markets
from miner_agent.market.feeding import fingerprint
from miner_agent.storage.feed_cache import FeedCache, Kept
from miner_agent.storage.sqlite.directory import LOCK_NAME
from miner_agent.storage.sqlite.file_names import LEDGER_FILE
from tests.cli.every_command import write_alerts, write_books

NOW = datetime(2026, 11, 29, 14, 2, tzinfo=UTC)


def loaded(folder: Path, text: str) -> Config:
    (folder / "config.toml").write_text(f'[agent]\nstate_directory = "{folder}"\n{text}')
    return configured.load_config(folder / "config.toml", {})


def seen(folder: Path, text: str = "", *, state: Path | None = None) -> SetUp:
    return set_up_facts(loaded(folder, text), state=state or folder, unit=None, agent_answers=False, now=NOW)


@contextmanager
def listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def feed(base_url: str, more: str = "") -> str:
    return f'[[feeds]]\nfeed = "ecb"\nbase_url = "{base_url}"\n{more}'


def test_of_a_feed_its_place_is_tried_and_what_is_kept_of_it_told(tmp_path: Path) -> None:
    with listening() as url:
        config = loaded(tmp_path, feed(url))
        settings = markets.settings_of(config.feeds[0])[1]
        kept = Kept(asked=fingerprint(settings), raw=b"x", fetched_at=NOW - timedelta(hours=1), failures=2)
        FeedCache(tmp_path).put("ecb", kept)
        (told,) = seen(tmp_path, feed(url)).feeds

    assert f"http://{told.place}" == url
    assert (told.unreachable, told.unreadable) == (None, None)
    assert (told.last_at, told.failures) == (NOW - timedelta(hours=1), 2)


def test_a_feed_that_is_not_reached_or_whose_files_are_not_there_is_told(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("secret\n")
    key.chmod(0o644)
    told = seen(
        tmp_path,
        feed("http://127.0.0.1:1")
        + '[[feeds]]\nfeed = "coingecko"\nbase_url = "https://127.0.0.1:1"\nkey_file = "key"\n'
        + '[[feeds]]\nname = "own"\nfeed = "whattomine"\nfile = "none.json"\n',
    ).feeds

    assert [str(one.unreachable) for one in told] == ["connection refused", "connection refused", "None"]
    assert told[0].unreadable is None
    assert f"chmod 600 {key}" in (told[1].unreadable or "")
    assert told[2].place is None
    assert "none.json: no such file or directory" in (told[2].unreadable or "")


def test_the_modes_of_secrets_are_told_and_never_what_stands_for_one(tmp_path: Path) -> None:
    for name, mode in (("closed", 0o600), ("open", 0o644)):
        (tmp_path / name).write_text("token\n")
        (tmp_path / name).chmod(mode)
    rigs = "".join(
        f'[[books.rigs]]\nname = "{name}"\nbase_url = "https://{name}.lan:9877"\nkey_file = "{file}"\n'
        for name, file in (("a", "closed"), ("b", "open"), ("c", "hunter2"))
    )
    told = seen(tmp_path, rigs).exposure.secrets

    assert told == (
        SecretFacts(key="books.rigs.key_file", file=str(tmp_path / "closed"), mode=0o600),
        SecretFacts(key="books.rigs.key_file", file=str(tmp_path / "open"), mode=0o644),
        SecretFacts(key="books.rigs.key_file", file=f"{tmp_path}/...", unread="no such file or directory"),
    )


def test_every_key_of_a_secret_is_known(tmp_path: Path) -> None:
    for name in ("t", "url", "secret", "key", "life"):
        (tmp_path / name).write_text("https://127.0.0.1:1/x" if name in {"url", "life"} else "secret")
        (tmp_path / name).chmod(0o600)
    config = loaded(
        tmp_path,
        '[[miners]]\nname = "m"\ndriver = "trex"\ntoken_file = "t"\n'
        '[[feeds]]\nfeed = "coingecko"\nkey_file = "key"\n'
        '[[alerts.channels]]\nname = "hook"\nkind = "webhook"\nurl_file = "url"\nsecret_file = "secret"\n'
        '[alerts.dead_man]\nurl_file = "life"\n',
    )

    assert [(key, file.path.name) for key, file in named_secrets(config)] == [
        ("miners.token_file", "t"),
        ("feeds.key_file", "key"),
        ("alerts.channels.url_file", "url"),
        ("alerts.channels.secret_file", "secret"),
        ("alerts.dead_man.url_file", "life"),
    ]


def test_a_configuration_that_anybody_may_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    (tmp_path / "config.toml").chmod(0o666)

    assert seen(tmp_path).exposure.writable == (tmp_path / "config.toml",)


def test_who_is_to_be_asked_beyond_this_machine_is_known(tmp_path: Path) -> None:
    sources = (
        '[[miners]]\nname = "here"\ndriver = "xmrig"\naddress = "127.0.0.1:1"\n'
        '[[miners]]\nname = "asic"\nrig = "hall"\ndriver = "antminer"\naddress = "192.0.2.7"\n'
        '[[meters]]\nname = "wall"\ndriver = "shelly"\naddress = "plug.lan"\n' + feed("http://127.0.0.2:1")
    )

    assert seen(tmp_path, sources).outside == {"asic": "192.0.2.7", "wall": "plug.lan"}


def test_books_are_gone_through_and_how_they_stand_is_told(tmp_path: Path) -> None:
    assert seen(tmp_path).books.books == ()
    write_books(tmp_path)
    told = seen(tmp_path).books

    assert [(book.book, book.entries > 3) for book in told.books] == [("main", True)]
    assert told.findings == ()

    for file in tmp_path.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    assert "it is gone, but state.db knows entries" in (seen(tmp_path).books.unusable or "")


def test_alerts_are_looked_into_where_the_agent_keeps_them(tmp_path: Path) -> None:
    write_alerts(tmp_path)
    told = seen(tmp_path, '[[alerts.channels]]\nname = "log"\nkind = "journal"\n')

    assert (told.owner, told.alerts_unread) == ("local", None)
    (tmp_path / "alerts.db").write_bytes(b"no database, and long enough to be told from an empty one" * 100)
    assert "alerts.db" in (seen(tmp_path, '[[alerts.channels]]\nname = "log"\nkind = "journal"\n').alerts_unread or "")


def test_what_belongs_to_another_user_is_told_with_his_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_books(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)

    assert "miner-agent doctor" in (seen(tmp_path).books.unread or "")


def test_the_money_of_a_demo_is_hidden_from_nobody_while_it_runs(tmp_path: Path) -> None:
    state = tmp_path / f"{FOLDER_PREFIX}x" / STATE
    state.mkdir(parents=True)
    priced = f'[tariff]\ncurrency = "EUR"\nprice_per_kilowatt_hour = "0.30"\n{feed("http://127.0.0.1:9")}'
    with (state / LOCK_NAME).open("w") as lock:
        assert "to nobody" in (seen(tmp_path, priced, state=state).exposure.money or "")
        flock(lock, LOCK_EX)
        assert seen(tmp_path, priced, state=state).exposure.money is None
        assert "to nobody" in (seen(tmp_path, priced).exposure.money or "")
