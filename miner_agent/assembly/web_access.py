"""From a configuration to who may ask over HTTP, and what TLS shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from miner_agent.config.configuration import Config
from miner_agent.config.named_files import check_there
from miner_agent.config.web_config import TlsServerTable, read_web_config
from miner_agent.config.words import shown
from miner_agent.errors import ConfigError
from miner_agent.web.certificates import Certificates, TlsFiles

_NAME_ANOTHER = "name a PEM file that this user may read"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAccess:
    """What stands between the web and its clients."""

    certificates: Certificates | None = None
    users: Mapping[str, str] = field(default_factory=dict, repr=False)  # their hashes, by name


def read_access(loaded: Config, environment: Mapping[str, str]) -> WebAccess:
    """What the configuration says of it, with the files that it names.

    Raises:
        NotPermitted: this user may not read one of the files.
        ConfigError: they cannot be used.
    """
    access, are_known = _read(loaded, environment)
    listen = loaded.http.listen
    if not listen.is_loopback and not (access.certificates and are_known):
        raise ConfigError(
            f'{_place(loaded)}: [http]: listen = "{listen}" is open to others: that takes TLS and users, or clients '
            f'with certificates, by web_config_file; write it, or listen = "127.0.0.1:{listen.port}"'
        )
    strangers = [each for each in loaded.http.books_users if each not in access.users]
    if strangers:
        raise ConfigError(
            f"{_place(loaded)}: [http]: books_users: {shown(strangers[0])} is no user; write the name among the "
            "basic_auth_users of web_config_file, or leave it away"
        )
    return access


def told_of_money(loaded: Config) -> str | None:
    """Where money goes if no user may see it, as a sentence for the log; ``None``: some may, or there is none."""
    http = loaded.http
    if http.books_users or not (loaded.asks_for_money or loaded.payouts):
        return None
    where = "to nobody" if http.socket is None else f"by {http.socket} alone"
    more = "" if http.socket else ", or a socket in [http] socket"
    return f"money and books are shown {where}: name users in [http] books_users{more} to see them"


def _place(loaded: Config) -> str:
    return " + ".join(loaded.sources) or "defaults"


def _read(loaded: Config, environment: Mapping[str, str]) -> tuple[WebAccess, bool]:
    """The same, and whether nobody may ask who is not known."""
    file = loaded.http.web_config_file
    if file is None:
        return WebAccess(), False
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    told = read_web_config(file, place=_place(loaded), credentials=Path(credentials) if credentials else None)
    tls = told.tls_server_config
    certificates = None if tls is None else Certificates(_files_of(tls, str(file)))
    are_known = bool(told.basic_auth_users) or (
        tls is not None and tls.client_auth_type == "RequireAndVerifyClientCert"
    )
    return WebAccess(certificates=certificates, users=told.basic_auth_users), are_known


def _files_of(tls: TlsServerTable, place: str) -> TlsFiles:
    named = {"cert_file": tls.cert_file, "key_file": tls.key_file.path, "client_ca_file": tls.client_ca_file}
    for key, file in named.items():
        if file is not None:
            check_there(file, place=f"{place}: [tls_server_config]", key=key, mend=_NAME_ANOTHER)
    return TlsFiles(
        place=place,
        certificate=tls.cert_file,
        key=tls.key_file.path,
        key_from_systemd=tls.key_file.from_systemd,
        client_authorities=tls.client_ca_file,
        client_certificate=tls.client_auth_type,
        client_names=frozenset(tls.client_allowed_sans),
        oldest=tls.min_version,
        newest=tls.max_version,
    )
