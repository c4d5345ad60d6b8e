"""Tells systemd how the agent is, as sd_notify(3) describes it."""

import contextlib
import socket

HEADROOM = 3  # pings per watchdog period


class Notifier:
    """Sends states to the socket that systemd named; without one it does nothing."""

    def __init__(self, address: str | None, watchdog_microseconds: str | None = None) -> None:
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address
        self.is_heard = bool(address)
        self.watchdog_seconds = _seconds(watchdog_microseconds) if address else None

    def send(self, *states: str) -> None:
        """Send states such as ``READY=1``. A systemd that does not listen is no fault of ours."""
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.sendto("\n".join(states).encode(), self._address)


def _seconds(microseconds: str | None) -> float | None:
    return int(microseconds) / 1e6 if microseconds and microseconds.isdecimal() else None
