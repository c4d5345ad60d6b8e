"""Two certificates that sign themselves, and who speaks TLS with one. Each file says how it was made."""

import hashlib
import ssl
from pathlib import Path

ONE, ANOTHER = (Path(__file__).parent / "stubs" / f"{name}.pem" for name in ("one", "another"))


def speaking(certificate: Path) -> ssl.SSLContext:
    """What a server needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def fingerprint_of(certificate: Path) -> str:
    """The SHA-256 of a certificate, as the agent spells it."""
    text = certificate.read_text()
    pem = text[text.index("-----BEGIN CERT") : text.index("-----BEGIN PRIV")]
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
