"""The file that says who may ask over HTTP and what TLS shows, in the format of Prometheus' ``web.config.yml``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import field

from miner_agent.config.key_types import Table, Text
from miner_agent.config.named_files import Beside, SecretFile, read_private
from miner_agent.config.sentences import converted
from miner_agent.config.words import printable, shown
from miner_agent.config.yaml_text import read_yaml
from miner_agent.errors import ConfigError
from miner_agent.text import LOG_LENGTH, clean_text

_HASH = re.compile(r"\$2[aby]\$1[0-4]\$[./A-Za-z0-9]{53}")
KEY = "web_config_file"
_NOT_HONOURED = {
    "http_server_config": "HTTP/1.1 alone is spoken, and headers are the agent's own",
    "rate_limit": "the agent has limits of its own",
    "tls_server_config": {
        "cipher_suites": "the ciphers are those of OpenSSL",
        "prefer_server_cipher_suites": "the ciphers are those of OpenSSL",
        "curve_preferences": "the curves are those of OpenSSL",
        "cert": "a certificate stands in a file of its own, cert_file",
        "key": "a key stands in a file of its own, key_file",
        "client_ca": "certificates stand in a file of their own, client_ca_file",
    },
}
"""What the format knows beside, and why it is not honoured here."""


class TlsServerTable(Table, frozen=True):
    """``tls_server_config``"""

    cert_file: Path
    key_file: SecretFile
    client_auth_type: Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"] = "NoClientCert"
    client_ca_file: Path | None = None
    client_allowed_sans: tuple[Text, ...] = ()
    min_version: Literal["TLS12", "TLS13"] = "TLS12"
    max_version: Literal["TLS12", "TLS13"] = "TLS13"


class WebConfig(Table, frozen=True):
    """The whole file."""

    tls_server_config: TlsServerTable | None = None
    basic_auth_users: dict[str, Text] = field(default_factory=dict)  # the hash of each one's password


def read_web_config(file: SecretFile, *, place: str, credentials: Path | None) -> WebConfig:
    """What ``[http] web_config_file`` says. Files that it names are beside it.

    Args:
        file: that one.
        place: the files of the configuration.
        credentials: systemd's, if it gives any.

    Raises:
        NotPermitted: this user may not read it.
        ConfigError: it cannot be read, or says something that cannot be done.
        AgentError: the process that reads its YAML could not be started, or took too long.
    """
    text = read_private(file, place=f"{place}: [http]", key=KEY, what="users and the certificate")
    origin = printable(str(file.path))
    told = read_yaml(text, origin)
    _refuse_not_honoured(told, _NOT_HONOURED, origin)
    _check_users(told.get("basic_auth_users", {}), f"{origin}: [basic_auth_users]")
    found = converted(told, WebConfig, origin, Beside(file.path.parent, credentials))
    if found.tls_server_config is not None:
        _check(found.tls_server_config, f"{origin}: [tls_server_config]")
    return found


def _refuse_not_honoured(told: Mapping[str, Any], known: Mapping[str, Any], place: str) -> None:
    for key in told.keys() & known.keys():
        reason, value = known[key], told[key]
        if isinstance(reason, str):
            raise ConfigError(f"{place}: {key} is not honoured: {reason}; leave it away")
        if isinstance(value, Mapping):
            _refuse_not_honoured(value, reason, f"{place}: [{key}]")


def _check_users(users: object, place: str) -> None:
    """What stands for a hash may be a password: no sentence shows it."""
    if not isinstance(users, Mapping):
        raise ConfigError(f"{place}: no table of names and hashes; write each as name: hash")
    for name, told in users.items():
        if not name or ":" in name or clean_text(name, length=LOG_LENGTH) != name:
            raise ConfigError(f"{place}: {shown(name)} cannot be a name; use letters and digits, and no colon")
        if not isinstance(told, str) or not _HASH.fullmatch(told):
            raise ConfigError(
                f"{place}: {name} has no bcrypt hash of a cost from 10 to 14; `htpasswd -nBC 10 {name}` makes one"
            )


def _check(tls: TlsServerTable, place: str) -> None:
    if tls.min_version > tls.max_version:
        raise ConfigError(f"{place}: min_version = {tls.min_version} is above max_version = {tls.max_version}")
    asks = tls.client_auth_type != "NoClientCert"
    if asks and tls.client_ca_file is None:
        raise ConfigError(
            f"{place}: client_auth_type = {tls.client_auth_type} needs client_ca_file, with the "
            "certificates of who signs your clients'"
        )
    if not asks and (tls.client_ca_file is not None or tls.client_allowed_sans):
        raise ConfigError(
            f"{place}: no client is asked for a certificate; write client_auth_type: RequireAndVerifyClientCert, "
            "or leave client_ca_file and client_allowed_sans away"
        )
