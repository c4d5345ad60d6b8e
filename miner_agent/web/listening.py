"""The socket that the web listens on."""

import errno
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from miner_agent.errors import AlreadyRunning, ConfigError, NotPermitted

SOCKET_MODE = 0o660
LISTEN_QUEUE = 256  # connections that the kernel holds; one more is tried again by its client after 1 s
SEND_BYTES = 256 * 1024  # that the kernel takes for a client who does not read; by itself it would grow to 4 MiB


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
    # Where TCP is named, asyncio has each piece sent at once: else the last may wait 40 ms for a word of the client.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart need not wait for TIME_WAIT
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)  # of each client's socket, too
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(LISTEN_QUEUE)  # two sockets can bind to one port; only one can listen
    except OSError as error:
        sock.close()
        raise _bind_error(_shown(host, port), port, error) from error
    return sock


@contextmanager
def bound_socket(path: Path) -> Iterator[socket.socket]:
    """A listening socket of this machine, for its owner and the owner's group. It is taken away at the end.

    Raises:
        AlreadyRunning: somebody else listens there.
        NotPermitted: this user may not make it.
        ConfigError: it cannot be there.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        made = _bind_there(sock, path)
        try:
            yield sock
        finally:
            with suppress(OSError):
                now = path.stat()
                if (now.st_dev, now.st_ino) == (made.st_dev, made.st_ino):
                    path.unlink()


def _bind_there(sock: socket.socket, path: Path) -> os.stat_result:
    try:
        _make_way(path)
        sock.bind(os.fsencode(path))
        path.chmod(SOCKET_MODE)
        sock.listen(LISTEN_QUEUE)
        return path.stat()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        if isinstance(error, PermissionError):
            raise NotPermitted(f"[http] socket {path}: {reason}; name a folder that this user may write to") from None
        raise ConfigError(
            f"[http] socket {path}: {reason}; name one in a folder that is there, such as /run/miner-agent/agent.sock"
        ) from None


def _make_way(path: Path) -> None:
    """Take away what an agent has left that was ended without a word."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigError(f"[http] socket {path} is there and no socket; name another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(1.0)
        try:
            asking.connect(os.fsencode(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise AlreadyRunning(
        f"[http] socket {path} is in use. Is the agent running? Stop that program or name another path."
    )


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
                "stop that program or set another port by [http] listen."
            )
        case errno.EACCES | errno.EPERM:
            return NotPermitted(f"{shown}: this user may not listen there. Set a port above 1023.")
        case errno.EADDRNOTAVAIL:
            return ConfigError(f"{shown}: this machine has no such address; `ip address` lists those it has")
        case _:
            return ConfigError(f"{shown}: cannot listen there: {os.strerror(error.errno or 0)}")


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
