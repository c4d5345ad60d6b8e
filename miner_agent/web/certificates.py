"""The certificate that the web shows, and whose it asks for: read from files, and again when they change."""

import logging
import os
import ssl
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from miner_agent.errors import ConfigError, NotPermitted
from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.web.tls_layer import NotAmongNames

LOOKED_EVERY_SECONDS = 5.0  # at the files, while clients come
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_REASONS_LOGGED = 64
_log = logging.getLogger(__name__)

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_ASKED = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
ClientCertificate = Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"]
_Stamp = tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """What the web is to show, and what it wants to see. ``place`` is where that is written down."""

    place: str
    certificate: Path
    key: Path
    key_from_systemd: bool = False  # which answers for who may read it
    client_authorities: Path | None = None
    client_certificate: ClientCertificate = "NoClientCert"
    client_names: frozenset[str] = frozenset()  # of its certificate, one of which it must have; none: any
    oldest: Literal["TLS12", "TLS13"] = "TLS12"
    newest: Literal["TLS12", "TLS13"] = "TLS13"

    def __iter__(self) -> Iterator[Path]:
        yield from (self.certificate, self.key)
        if self.client_authorities is not None:
            yield self.client_authorities


class Certificates:
    """The newest context for handshakes. What is on disk is looked at aside, so that no client waits for a disk."""

    def __init__(self, files: TlsFiles) -> None:
        """
        Raises:
            NotPermitted: this user may not read a file.
            ConfigError: the files cannot be used.
        """
        self._files = files
        self._stamp = _stamp_of(files)
        self._context = read_context(files)
        self._looked_at = time.monotonic()
        self._looking: threading.Thread | None = None
        self._logged: set[tuple[str, str]] = set()

    def newest(self) -> ssl.SSLContext:
        """What the next client is shown. Used by the web's thread."""
        now = time.monotonic()
        if now - self._looked_at >= LOOKED_EVERY_SECONDS and (self._looking is None or not self._looking.is_alive()):
            self._looked_at = now
            self._looking = threading.Thread(target=self._look, name="certificates", daemon=True)
            self._looking.start()
        return self._context

    def admit(self, client: ssl.SSLObject) -> None:
        """Raises NotAmongNames: its certificate has none of the names that may ask."""
        wanted = self._files.client_names
        shown = client.getpeercert() if wanted else None
        if shown is None or (not shown and self._files.client_certificate == "VerifyClientCertIfGiven"):
            return
        names = [str(name[1]) for name in shown.get("subjectAltName", ())]
        if wanted.isdisjoint(names):
            raise NotAmongNames(f"its certificate is of {', '.join(names) or 'no name'}, which is not allowed")

    def tell_refused(self, address: str, reason: str) -> None:
        """Each reason once for an address: clients can cause them as often as they like."""
        one = (address, reason)
        if one not in self._logged and len(self._logged) < _REASONS_LOGGED:
            self._logged.add(one)
            said = clean_text(reason, length=LOG_LENGTH)
            _log.warning("no TLS handshake with %s: %s; the same is not logged again", address, said)

    def _look(self) -> None:
        try:
            stamp = _stamp_of(self._files)
            if stamp == self._stamp:
                return
            self._stamp = stamp  # what cannot be used is told once
            self._context = read_context(self._files)
            _log.info("the certificate has changed: new clients are shown the new one")
        except (ConfigError, NotPermitted) as error:
            _log.warning("the certificate has changed and cannot be used, the one before is shown: %s", error)


def read_context(files: TlsFiles) -> ssl.SSLContext:
    """What shakes hands with these files.

    Raises:
        NotPermitted: this user may not read a file.
        ConfigError: the files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = _VERSIONS[files.oldest], _VERSIONS[files.newest]
    # Who was there at the handshake is there to the end, and is looked at anew each time.
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.set_alpn_protocols(["http/1.1"])
    try:
        with _opened_key(files) as key:
            context.load_cert_chain(files.certificate, key, password=_no_password)
    except ssl.SSLError as error:
        raise ConfigError(
            f"{files.place}: cert_file {files.certificate} and key_file {files.key}: {_reason(error)}; write a "
            "certificate and its own key there, both PEM, the key without a password"
        ) from None
    except OSError as error:
        raise _unread(files, f"cert_file {files.certificate} or key_file {files.key}", error) from None
    if files.client_authorities is not None:
        try:
            context.load_verify_locations(files.client_authorities)
        except ssl.SSLError as error:
            raise ConfigError(
                f"{files.place}: client_ca_file {files.client_authorities}: {_reason(error)}; "
                "write the certificates of who signs your clients' there, as PEM"
            ) from None
        except OSError as error:
            raise _unread(files, f"client_ca_file {files.client_authorities}", error) from None
    context.verify_mode = _ASKED[files.client_certificate]
    return context


def _no_password() -> str:
    return ""  # else the library asks for it at the terminal


@contextmanager
def _opened_key(files: TlsFiles) -> Iterator[str]:
    """A name by which the library reads the very file that was looked at, whatever is put in its place meanwhile."""
    try:
        descriptor = os.open(files.key, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unread(files, f"key_file {files.key}", error) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ConfigError(
                f"{files.place}: key_file {files.key} is no file; name a PEM file that this user may read"
            )
        if not files.key_from_systemd and mode & _OTHERS:
            raise ConfigError(f"{files.place}: key_file {files.key} can be read by others; run: chmod 600 {files.key}")
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _unread(files: TlsFiles, which: str, error: OSError) -> ConfigError | NotPermitted:
    reason = (error.strerror or type(error).__name__).lower()
    if isinstance(error, PermissionError):
        return NotPermitted(f"{files.place}: {which}: {reason}; ask as a user who may read it")
    return ConfigError(f"{files.place}: {which}: {reason}; name a PEM file that this user may read")


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or "it is no PEM").lower().replace("_", " ")


def _stamp_of(files: TlsFiles) -> _Stamp:
    """Differs once one of the files has been written or replaced; what is not there is as if it had just gone."""
    return tuple(_one_stamp(path) for path in files)


def _one_stamp(path: Path) -> tuple[int, int, int, int]:
    try:
        found = path.stat()  # follows links: tools that renew certificates turn those around
    except OSError:
        return (0, 0, 0, 0)
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
