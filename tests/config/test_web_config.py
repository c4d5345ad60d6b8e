"""The file of users and certificates, in the format of Prometheus' ``web.config.yml``."""

from pathlib import Path

import pytest

from miner_agent import errand_process
from miner_agent.config.named_files import SecretFile
from miner_agent.config.web_config import WebConfig, read_web_config
from miner_agent.errors import AgentError, ConfigError, NotPermitted
from tests.for_each import for_each
from tests.requires import as_an_ordinary_user
from tests.web.tls_clients import HASH

TLS = "tls_server_config:\n  cert_file: a.crt\n  key_file: a.key\n"


def told(text: str, folder: Path, *, mode: int = 0o600, credentials: Path | None = None) -> WebConfig:
    file = folder / "web.yml"
    file.write_text(text)
    file.chmod(mode)
    return read_web_config(SecretFile(file), place="config.toml", credentials=credentials)


def test_files_are_beside_it(tmp_path: Path) -> None:
    tls = told(TLS, tmp_path).tls_server_config
    assert tls is not None
    assert (tls.cert_file, tls.key_file.path) == (tmp_path / "a.crt", tmp_path / "a.key")


def test_a_key_may_be_a_credential_of_systemd(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "a.key").touch()
    tls = told(TLS, tmp_path, credentials=credentials).tls_server_config
    assert tls is not None
    assert tls.key_file == SecretFile(credentials / "a.key", from_systemd=True)


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "tls_server_config: null\n"])
def test_a_file_that_says_nothing_is_one(tmp_path: Path, text: str) -> None:
    assert told(text, tmp_path) == WebConfig()


@pytest.mark.thorough
@for_each(
    ("text", "sentence"),
    [
        ("http_server_config:\n  http2: false\n", r"http_server_config is not honoured: HTTP/1\.1 alone is spoken"),
        ("rate_limit:\n  burst: 1\n", "rate_limit is not honoured: .*; leave it away"),
        (TLS + "  cipher_suites: [x]\n", r"\[tls_server_config\]: cipher_suites is not honoured: the ciphers are"),
        (TLS + "  curve_preferences: [x]\n", "curve_preferences is not honoured"),
        (TLS + "  key: |\n    secret\n", "key is not honoured: a key stands in a file of its own"),
        (TLS + "  certfile: x\n", r'\[tls_server_config\]: key "certfile" is not known; did you mean "cert_file"'),
        ("tls_server_config:\n  cert_file: a\n", r'\[tls_server_config\]: key "key_file" is missing'),
        ("tls_server_config: 5\n", "expected a table"),
        (TLS + "  min_version: TLS10\n", "min_version = .*TLS10.* is not known"),
        (TLS + "  min_version: TLS13\n  max_version: TLS12\n", "min_version = TLS13 is above max_version = TLS12"),
        (TLS + "  client_auth_type: RequireAnyClientCert\n", "client_auth_type = .* is not known"),
        (TLS + "  client_auth_type: RequireAndVerifyClientCert\n", "needs client_ca_file"),
        (TLS + "  client_ca_file: x\n", "no client is asked for a certificate; write client_auth_type"),
        (TLS + "  client_allowed_sans: [x]\n", "no client is asked for a certificate; write client_auth_type"),
        ("basic_auth_users:\n  a: hunter2\n", r"\[basic_auth_users\]: a has no bcrypt hash of a cost from 10 to 14; "),
        ("basic_auth_users:\n  a: 1234\n", "a has no bcrypt hash"),
        (f'basic_auth_users:\n  a: "$2b$09{HASH[6:]}"\n', "a has no bcrypt hash"),
        (f'basic_auth_users:\n  a: "$2b$15{HASH[6:]}"\n', "a has no bcrypt hash"),
        (f'basic_auth_users:\n  a: "$2x{HASH[3:]}"\n', "a has no bcrypt hash"),
        (f'basic_auth_users:\n  a: "{HASH[:-1]}"\n', "a has no bcrypt hash"),
        (f'basic_auth_users:\n  "a:b": "{HASH}"\n', "cannot be a name"),
        (f'basic_auth_users:\n  "": "{HASH}"\n', "cannot be a name"),
        (f'basic_auth_users:\n  a: "{HASH}"\n  a: "{HASH}"\n', "line 3: .a. stands there twice"),
        ("basic_auth_users: null\n", "no table of names and hashes"),
        ("a: 1\na: 2\n", r'web\.yml, line 2: "a" stands there twice'),
        ("a: &x 1\nb: *x\n", r"web\.yml, line 1: an alias"),
        ("a: [1\n", r"web\.yml, line \d: not YAML"),
        ("\x01", r"web\.yml: not YAML"),
        ("!!python/object/apply:os.system [x]", "no table of settings"),
        ("- a\n", "no table of settings"),
        ("1: 2\n", r"line 1: a key is no text"),
        ("? [a]\n: 2\n", r"web\.yml, line 1: a key is no text"),
        ("[" * 5000, "nested too deep"),
    ],
)
def test_what_is_not_honoured_or_wrong_is_refused_with_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        told(text, tmp_path)


@pytest.mark.parametrize(
    "text", ["basic_auth_users: hunter2\n", "basic_auth_users:\n  a: hunter2\n", "basic_auth_users:\n  a: [hunter2]\n"]
)
def test_no_sentence_shows_a_password(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        told(text, tmp_path)
    assert "hunter2" not in str(refusal.value)


def test_users_are_those_of_the_file(tmp_path: Path) -> None:
    assert told(f'basic_auth_users:\n  alice: "{HASH}"\n', tmp_path).basic_auth_users == {"alice": HASH}


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: \[http\]: web_config_file \S+ can be read by others"):
        told("", tmp_path, mode=0o644)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"web_config_file .*no such file"):
        read_web_config(SecretFile(tmp_path / "x"), place="c", credentials=None)


def test_where_nothing_can_be_started_that_reads_it_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errand_process, "child_command", lambda _module: (str(tmp_path / "no-such-python"),))

    with pytest.raises(AgentError, match=r"no process could be started that reads \S+/web\.yml: no such file"):
        told(TLS, tmp_path)


@as_an_ordinary_user
def test_a_file_that_this_user_may_not_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotPermitted, match=r"web_config_file .*permission denied"):
        told("", tmp_path, mode=0)
