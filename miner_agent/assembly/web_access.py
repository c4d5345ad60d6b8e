"""From a configuration to who may ask over HTTP, and what TLS shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from miner_agent.config.configuration import Config
from miner_agent.web.certificates import Certificates, TlsFiles

if TYPE_CHECKING:
    from miner_agent.config.web_config import TlsServerTable


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAccess:
    """What stands between the web and its clients."""

    certificates: Certificates | None


def read_access(loaded: Config, environment: Mapping[str, str]) -> WebAccess:
    """What the configuration says of it, with the files that it names.

    Raises:
        NotPermitted: this user may not read one of the files.
        ConfigError: they cannot be used.
    """
    file = loaded.http.web_config_file
    if file is None:
        return WebAccess(certificates=None)
    from miner_agent.config.web_config import read_web_config  # who has no such file loads no YAML

    credentials = environment.get("CREDENTIALS_DIRECTORY")
    place = " + ".join(loaded.sources) or "defaults"
    told = read_web_config(file, place=place, credentials=Path(credentials) if credentials else None)
    tls = told.tls_server_config
    return WebAccess(certificates=None if tls is None else Certificates(_files_of(tls, str(file))))


def _files_of(tls: "TlsServerTable", place: str) -> TlsFiles:
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
