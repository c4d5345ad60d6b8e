"""Run in a network of its own: starts the agent there, and prints to where it sent anything that is not this machine.

``ip route add local default dev lo`` makes every address of the world one that loopback reaches, so that a try to
connect is a packet that is seen and not an error that nobody sees.
"""

import json
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

from tests.agent import Agent

ETHERNET_HEAD_BYTES = 14
EVERY_PROTOCOL = 3  # ETH_P_ALL
UDP, TCP, DNS_PORT = 17, 6, 53
STRANGER = ("192.0.2.1", 9)
WRITTEN_AT = 'rig_agent_database_last_write_timestamp_seconds{database="telemetry"}'
TICKS = 2  # of a second each
WHOLE_CONFIG = "[agent]\ninterval_seconds = 1\n[discovery]\nenabled = true\n"


def main(folder: Path) -> None:
    """Prints JSON: seconds to the first page, and the addresses that packets went to, by who was told to send them."""
    for words in ("link set lo up", "route add local default dev lo", "-6 route add local default dev lo"):
        subprocess.run(["ip", *words.split()], check=words.startswith("link"), capture_output=True)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL)) as sniffer:
        sniffer.bind(("lo", EVERY_PROTOCOL))
        sniffer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        began = time.monotonic()
        with Agent(folder, WHOLE_CONFIG, discovers=True, first_start=True) as agent:
            agent.wait_until(lambda page: page)
            seconds = time.monotonic() - began
            first = agent.wait_until(lambda page: WRITTEN_AT in page)[WRITTEN_AT]
            agent.wait_until(lambda page: page[WRITTEN_AT] >= first + TICKS)
        of_agent = _strangers(sniffer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as another:
            another.sendto(b"x", STRANGER)
        of_test = _strangers(sniffer)
    json.dump({"seconds": seconds, "of_agent": sorted(of_agent), "of_test": sorted(of_test)}, sys.stdout)


def _strangers(sniffer: socket.socket) -> set[str]:
    """Where everything went that was sent since this was last asked, but to this machine itself; DNS goes nowhere."""
    found: set[str] = set()
    while True:
        try:
            packet = sniffer.recv(65_536, socket.MSG_DONTWAIT)[ETHERNET_HEAD_BYTES:]
        except BlockingIOError:
            return found
        if (place := _place(packet)) is not None:
            found.add(place)


def _place(packet: bytes) -> str | None:
    version = packet[0] >> 4
    if version == 4:
        to, protocol, inner = socket.inet_ntop(socket.AF_INET, packet[16:20]), packet[9], packet[4 * (packet[0] & 15) :]
    else:
        to, protocol, inner = socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[6], packet[40:]
    port = struct.unpack("!H", inner[2:4])[0] if protocol in {TCP, UDP} else 0
    if port != DNS_PORT and (to.startswith("127.") or to == "::1" or (version == 6 and to.startswith("ff02"))):
        return None
    return f"{to} {port}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
