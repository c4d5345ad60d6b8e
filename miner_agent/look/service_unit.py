"""The service as systemd has it on this machine, read off its files: whether it is there, starts, runs, and may talk.

No program is started for it, and nothing is asked of systemd.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NAME = "miner-agent.service"
FOLDERS = ("etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system")
CGROUPS = ("sys/fs/cgroup/system.slice", "sys/fs/cgroup/systemd/system.slice")
LARGEST_BYTES = 1 << 20
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WORDS = {
    "any": ("0.0.0.0/0", "::/0"),
    "localhost": ("127.0.0.0/8", "::1/128"),
    "link-local": ("169.254.0.0/16", "fe80::/64"),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUnit:
    """How it stands."""

    installed: bool
    enabled: bool = False  # it starts with the machine
    running: bool = False
    allowed: tuple[Network, ...] = field(default=(), repr=False)
    denied: tuple[Network, ...] = field(default=(), repr=False)

    def lets_out(self, host: str) -> bool:
        """Whether the service may talk to a host. Of a name only that is known which holds for every address.

        >>> ServiceUnit(installed=True).lets_out("pool.example")
        True
        """
        if host == "localhost":
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return not self.denied or any(network.prefixlen == 0 for network in self.allowed)
        return any(address in network for network in self.allowed) or not any(
            address in network for network in self.denied
        )


def read_unit(root: Path = Path("/")) -> ServiceUnit | None:
    """How it stands on the machine whose files lie there; ``None`` where no systemd runs."""
    if not (root / "run/systemd/system").is_dir():
        return None
    file = next((path for folder in FOLDERS if (path := root / folder / NAME).is_file()), None)
    if file is None:
        return ServiceUnit(installed=False)
    allowed, denied = _addresses(root, file)
    return ServiceUnit(
        installed=True,
        enabled=any(link.name == NAME for link in (root / FOLDERS[0]).glob("*.wants/*")),
        running=any(_text(root / group / NAME / "cgroup.procs").strip() for group in CGROUPS),
        allowed=allowed,
        denied=denied,
    )


def _addresses(root: Path, file: Path) -> tuple[tuple[Network, ...], tuple[Network, ...]]:
    """What its files say in their order: an empty line takes back all that stands before it."""
    found: dict[str, list[Network]] = {"IPAddressAllow": [], "IPAddressDeny": []}
    for path in (file, *_drop_ins(root)):
        for key, value in _assignments(_text(path)):
            if key in found:
                found[key] = [*found[key], *_networks(value)] if value else []
    return tuple(found["IPAddressAllow"]), tuple(found["IPAddressDeny"])


def _drop_ins(root: Path) -> list[Path]:
    """By name over all folders; of the same name the first folder's."""
    found: dict[str, Path] = {}
    for folder in FOLDERS:
        for path in (root / folder / f"{NAME}.d").glob("*.conf"):
            found.setdefault(path.name, path)
    return [found[name] for name in sorted(found)]


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith(("#", ";")):
            yield key.strip(), value.strip()


def _networks(text: str) -> Iterator[Network]:
    for word in text.split():
        for each in WORDS.get(word, (word,)):
            try:
                yield ipaddress.ip_network(each, strict=False)
            except ValueError:  # systemd passes over it too
                continue


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
