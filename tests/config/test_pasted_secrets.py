"""A secret that somebody wrote where the name of its file belongs is in no sentence and not shown."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.assembly.configured import load_config
from miner_agent.config import configuration, loading
from miner_agent.config.named_files import Beside, SecretFile, read_secret
from miner_agent.config.rendered import shown_config
from miner_agent.config.shape import Shape, shape_of
from miner_agent.config.toml_text import written
from miner_agent.config.web_config import TlsServerTable
from miner_agent.config.words import Unfit
from miner_agent.errors import AgentError, ConfigError
from tests.cli.every_command import ended
from tests.config.test_keys import DRIVERS, document_with
from tests.for_each import for_each

SECRET = "zQ7hunter"
PASTED = (
    SECRET,
    f"{SECRET}/+4Hq==",
    f"Ab3/{SECRET}",
    f"/{SECRET}",
    f"~{SECRET}/x",
    SECRET * 40,
    f"eyJhbGciOi.{SECRET}.c2ln",
    f"-----BEGIN PRIVATE KEY-----\nMC4C/{SECRET}\n-----END PRIVATE KEY-----\n",
    f"user:{SECRET}",
    f"{SECRET}\0",
)


def secret_keys(shape: Shape, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key that names the file of a secret."""
    for name, each in shape.keys.items():
        if each.is_secret:
            yield (*path, name)
        yield from secret_keys(each.element or each, (*path, name))


KEYS = [".".join(path) for path in secret_keys(shape_of(configuration.Config))]


def test_what_names_a_file_names_that_of_a_secret_or_is_known_to_be_none() -> None:
    files = {key for key in configuration.keys() if key.endswith("_file")}  # noqa: SIM118 - a function

    assert files - set(KEYS) == {"profit.catalog_file", "books.rigs.ca_file"}
    assert set(KEYS) <= files
    assert list(secret_keys(shape_of(TlsServerTable))) == [("key_file",)]


@for_each("pasted", PASTED)
@for_each("key", KEYS)
def test_it_is_neither_shown_nor_quoted(tmp_path: Path, key: str, pasted: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(written(document_with(key, pasted)))
    try:
        loaded = loading.load((file,), environment={}, known_drivers=DRIVERS)
        told = shown_config(loaded)
    except ConfigError as refusal:
        told = str(refusal)
        assert told.startswith(f"{file}: ")
        assert key.rpartition(".")[2] in told

    assert SECRET not in told


@for_each("pasted", PASTED)
def test_no_sentence_about_the_file_quotes_it(tmp_path: Path, pasted: str) -> None:
    try:
        file = SecretFile.named(pasted, Beside(tmp_path))
    except Unfit as unfit:
        assert SECRET not in str(unfit)
        return
    with pytest.raises(AgentError) as refusal:
        read_secret(file, place="config.toml: miner 1", key="token_file", what="token")

    assert str(refusal.value).startswith("config.toml: miner 1: token_file /")
    assert str(refusal.value).endswith("; write the token into a file and name that, or leave token_file away")
    assert SECRET not in str(refusal.value)


@for_each("key", ["cert_file", "key_file", "client_ca_file"])
def test_nor_does_one_about_the_files_of_tls(tmp_path: Path, key: str) -> None:
    for name in ("web.crt", "web.key"):
        (tmp_path / name).touch(mode=0o600)
    named = {"cert_file": "web.crt", "key_file": "web.key", "client_auth_type": "VerifyClientCertIfGiven"}
    named |= {"client_ca_file": "web.crt", key: SECRET}
    (tmp_path / "web.yml").touch(mode=0o600)
    (tmp_path / "web.yml").write_text(
        "tls_server_config:\n" + "".join(f"  {name}: {value}\n" for name, value in named.items())
    )
    (tmp_path / "config.toml").write_text('[http]\nweb_config_file = "web.yml"\n')
    with pytest.raises(ConfigError) as refusal:
        load_config(tmp_path / "config.toml", {})

    assert str(refusal.value) == (
        f"{tmp_path}/web.yml: [tls_server_config]: {key} {tmp_path}/...: no such file or directory; "
        "name a PEM file that this user may read"
    )


def test_a_command_that_needs_it_quotes_it_neither(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[[miners]]\nname = "a"\ndriver = "xmrig"\naddress = "127.0.0.1:1"\ntoken_file = "{SECRET}"\n')
    for words in (("config", "show"), ("once",), ("doctor",)):
        done = ended(*words, "--config", str(config))
        assert SECRET not in f"{done.stdout}{done.stderr}", words


def test_a_file_that_is_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "token").touch(mode=0o600)
    with pytest.raises(ConfigError, match=f"token_file {tmp_path}/token holds no token"):
        read_secret(SecretFile(tmp_path / "token"), place="p", key="token_file", what="token")


def test_who_may_read_it_is_looked_up_of_the_file_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one may be put in its place between two looks."""
    path, other = tmp_path / "token", tmp_path / "other"
    for file in (path, other):
        file.write_text("s3cret")
    path.chmod(0o644)
    other.chmod(0o600)
    opened = os.open

    def swapped(name: Path, flags: int) -> int:
        descriptor = opened(name, flags)
        other.replace(path)
        return descriptor

    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(ConfigError, match="can be read by others"):
        read_secret(SecretFile(path), place="p", key="token_file", what="token")
