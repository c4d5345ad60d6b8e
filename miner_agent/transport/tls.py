"""TLS of one connection, between bytes and bytes: no socket, no wait, no thread.

Who stands there is told by the fingerprint that its owner wrote down, or by a certificate that this machine trusts and
that is of the address. Nothing is sent before that is known. The environment has no say: no log of keys is written.
"""

import hashlib
import ssl
from functools import lru_cache

from miner_agent.errors import BadPayload, Refused, Unquoted, Unreachable
from miner_agent.transport.endpoint import Endpoint

RECORD_BYTES = 17 << 10  # the largest record, with its frame
WIRE_BYTES = 4 << 20  # of records: an answer in records of a few bytes is twenty times its size
KEY = "tls_fingerprint_sha256"
_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # which of the two goes by the version of Python


class Untrusted(Exception):
    """Nobody that this machine trusts vouches for the certificate. The other side's is not known yet."""


class Tls:
    """One TLS connection. ``take`` what came, ``to_send`` what is to go."""

    def __init__(self, endpoint: Endpoint, *, verified: bool) -> None:
        """
        Args:
            endpoint: who is to be there.
            verified: whether its certificate must be one that this machine trusts.
        """
        self._endpoint = endpoint
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = _trusting_authorities() if verified else _trusting_nobody()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=endpoint.host)
        self._taken_bytes = 0

    def take(self, data: bytes) -> None:
        """What came; nothing where the other side has closed the connection."""
        self._taken_bytes += len(data)
        if self._taken_bytes > WIRE_BYTES:
            what = f"{self._endpoint}: length of the answer with its TLS records"
            raise BadPayload(what, self._taken_bytes, f"at most {WIRE_BYTES}")
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def to_send(self) -> bytes:
        """What has to be sent before more comes."""
        return self._outgoing.read()

    def shakes_hands(self) -> bool:
        """Whether the handshake needs more from the other side.

        Raises:
            Untrusted: the certificate is not trusted.
            Refused, Unreachable: there is no handshake to be had.
        """
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLCertVerificationError as error:
            raise Untrusted(error.verify_message) from None
        except _CLOSED:
            raise Unreachable(f"{self._endpoint}: no TLS handshake (it closed the connection)") from None
        except ssl.SSLError as error:
            raise Refused(
                f"{self._endpoint}: no TLS handshake ({_reason(error)}); "
                "where it speaks plain HTTP, write http:// in its address"
            ) from None
        return False

    def fingerprint(self) -> str:
        """SHA-256 of the other side's certificate, once the handshake is over."""
        return hashlib.sha256(self._object.getpeercert(binary_form=True) or b"").hexdigest()

    def encrypted(self, data: bytes) -> bytes:
        """What goes over the wire for ``data``."""
        self._object.write(data)
        return self.to_send()

    def read(self, limit_bytes: int) -> bytes | None:
        """What has come, at most ``limit_bytes``; nothing where that was all, ``None`` where more has to come first."""
        data = bytearray()
        try:
            while len(data) < limit_bytes and (part := self._object.read(limit_bytes - len(data))):
                data += part
        except ssl.SSLWantReadError:
            return bytes(data) or None
        except _CLOSED:  # closed without a word, as small servers do
            return bytes(data)
        except ssl.SSLError as error:
            if data:  # it comes again with the next read
                return bytes(data)
            raise BadPayload(f"{self._endpoint}: answer", Unquoted(f"broken ({_reason(error)})"), "TLS") from None
        return bytes(data)


def check_fingerprint(endpoint: Endpoint, found: str) -> None:
    """Raises Refused: the certificate is not the one that its owner wrote down."""
    if endpoint.fingerprint not in {None, found}:
        raise Refused(
            f"{endpoint}: its certificate has the SHA-256 fingerprint {found}, and {KEY} says {endpoint.fingerprint}; "
            "find out who answers there; if the miner has a new certificate, write its fingerprint"
        )


def untrusted(endpoint: Endpoint, why: str, found: str | None) -> Refused:
    """The error for a certificate that nobody vouches for. ``found``: its fingerprint, where it was had."""
    pin = "its fingerprint" if found is None else f'"{found}"'
    return Refused(
        f"{endpoint}: this machine does not trust its certificate ({why}); "
        f"if it is the miner's own, write {KEY} = {pin}"
    )


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or "no reason told").lower().replace("_", " ")


@lru_cache(maxsize=1)
def _trusting_nobody() -> ssl.SSLContext:
    """For a certificate that is compared with its fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options |= ssl.OP_NO_RENEGOTIATION  # who was there at the handshake is there to the end
    return context


@lru_cache(maxsize=1)
def _trusting_authorities() -> ssl.SSLContext:
    """For a certificate that one of this machine's authorities has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.load_default_certs()
    return context
