"""The socket that the web listens on."""

import errno
import ipaddress
import os
import socket
from typing import Any

from miner_agent.errors import AlreadyRunning, ConfigError, NotPermitted

LISTEN_QUEUE = 256  # connections that the kernel holds; one more is tried again by its client after 1 s


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Clients that come before the host has started wait in its queue.

    Args:
        host: an address of this machine, or a name for one.
        port: 0 for any free one.

    Raises:
        AlreadyRunning: somebody else listens there.
        NotPermitted: this user may not listen there.
        ConfigError: this machine has no such address, or calls one localhost that is not its own.
    """
    family, address = _resolve(host, port)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart need not wait for TIME_WAIT
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(LISTEN_QUEUE)  # two sockets can bind to one port; only one can listen
    except OSError as error:
        sock.close()
        raise _bind_error(_shown(host, port), port, error) from error
    return sock


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    if not 0 <= port <= 65535:
        raise ConfigError(f"{_shown(host, port)}: {port} is not a port; expected 0 to 65535")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{host!r} is not an address; expected one such as 127.0.0.1") from error
    if host == "localhost" and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise ConfigError(
            f"{_shown(host, port)}: localhost is {address[0]} here, which is open to others; "
            f'mend /etc/hosts, or write listen = "127.0.0.1:{port}"'
        )
    return family, address


def _bind_error(shown: str, port: int, error: OSError) -> Exception:
    match error.errno:
        case errno.EADDRINUSE:
            return AlreadyRunning(
                f"{shown} is in use. Is the agent running? `ss -ltnp 'sport = :{port}'` shows by whom; "
                "stop that program or set another port."
            )
        case errno.EACCES | errno.EPERM:
            return NotPermitted(f"{shown}: this user may not listen there. Set a port above 1023.")
        case errno.EADDRNOTAVAIL:
            return ConfigError(f"{shown}: this machine has no such address; `ip address` lists those it has")
        case _:
            return ConfigError(f"{shown}: cannot listen there: {os.strerror(error.errno or 0)}")


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
