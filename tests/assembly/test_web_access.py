"""Who may listen where: an address that others reach takes TLS and somebody who is known."""

from pathlib import Path

import pytest

from miner_agent.assembly.configured import load_config
from miner_agent.assembly.web_access import told_of_money
from miner_agent.config.configuration import Config
from miner_agent.errors import ConfigError
from tests.certificates import ANOTHER
from tests.for_each import for_each
from tests.web.tls_clients import HASH, keep

TLS = "tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\n"
USERS = f'basic_auth_users:\n  alice: "{HASH}"\n'
CLIENTS = f"  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {ANOTHER}\n"
PERHAPS = f"  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: {ANOTHER}\n"


def loaded(folder: Path, listen: str, web_config: str | None) -> Config:
    text = f'[http]\nlisten = "{listen}"\n'
    if web_config is not None:
        keep(folder)
        (folder / "web.yml").touch(mode=0o600)
        (folder / "web.yml").write_text(web_config)
        text += 'web_config_file = "web.yml"\n'
    (folder / "config.toml").write_text(text)
    return load_config(folder / "config.toml", {})


@pytest.mark.parametrize("web_config", [TLS + USERS, TLS + CLIENTS, TLS + CLIENTS + USERS])
@pytest.mark.parametrize("listen", ["0.0.0.0:9877", "[::]:9877", "192.0.2.7:9877", "rig.example:9877"])
def test_others_are_let_in_over_tls_when_they_are_known(tmp_path: Path, listen: str, web_config: str) -> None:
    assert loaded(tmp_path, listen, web_config).http.listen == listen


@for_each("web_config", [None, "", TLS, USERS, TLS + PERHAPS])
@for_each("listen", ["0.0.0.0:9877", "[::]:9877", "192.0.2.7:9877", "rig.example:9877"])
def test_others_are_not_let_in_in_the_open_or_unknown(tmp_path: Path, listen: str, web_config: str | None) -> None:
    with pytest.raises(ConfigError) as refusal:
        loaded(tmp_path, listen, web_config)
    assert refusal.value.exit_code == 78
    assert str(refusal.value).startswith(f'{tmp_path}/config.toml: [http]: listen = "{listen}" is open to others: ')
    assert str(refusal.value).endswith('or listen = "127.0.0.1:9877"')


@pytest.mark.parametrize("web_config", [None, "", TLS, USERS])
@pytest.mark.parametrize("listen", ["127.0.0.1:0", "[::1]:9877", "localhost:9877", "127.9.9.9:1"])
def test_loopback_takes_nothing(tmp_path: Path, listen: str, web_config: str | None) -> None:
    assert loaded(tmp_path, listen, web_config).http.listen == listen


def test_a_check_of_the_configuration_finds_a_certificate_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "web.crt").write_text("nothing")
    with pytest.raises(ConfigError, match="can be read by others; run: chmod 600"):
        loaded(tmp_path, "127.0.0.1:0", TLS.replace("web.key", "web.crt"))


# Who sees money

PRICE = '[tariff]\ncurrency = "EUR"\nprice_per_kilowatt_hour = "0.30"\n'


def told(folder: Path, http: str, rest: str = PRICE) -> Config:
    (folder / "web.yml").touch(mode=0o600)
    (folder / "web.yml").write_text(USERS)
    (folder / "config.toml").write_text(f"[http]\n{http}\n{rest}")
    return load_config(folder / "config.toml", {})


@pytest.mark.parametrize("file", ["", 'web_config_file = "web.yml"\n'])
def test_who_is_to_see_money_and_is_no_user_is_told(tmp_path: Path, file: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        told(tmp_path, f'{file}books_users = ["alice", "bob"]' if file else 'books_users = "bob"')
    assert str(refusal.value) == (
        f'{tmp_path}/config.toml: [http]: books_users: "bob" is no user; write the name among the basic_auth_users of '
        "web_config_file, or leave it away"
    )


def test_the_log_says_where_money_goes_while_no_user_sees_it(tmp_path: Path) -> None:
    users = 'web_config_file = "web.yml"\n'
    assert told_of_money(told(tmp_path, users)) == (
        "money and books are shown to nobody: name users in [http] books_users, or a socket in [http] socket to see them"
    )
    assert told_of_money(told(tmp_path, 'socket = "/run/a.sock"')) == (
        "money and books are shown by /run/a.sock alone: name users in [http] books_users to see them"
    )
    assert told_of_money(told(tmp_path, users + 'books_users = "alice"')) is None
    assert told_of_money(told(tmp_path, users, "")) is None
    assert told_of_money(
        told(tmp_path, "", '[[payouts]]\npool = "nanopool"\ncoin = "ETC"\nwallet = "w"\naccount = "48"\n')
    )
