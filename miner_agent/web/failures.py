"""How often each address may be wrong: ten times at once, and once more every six seconds."""

import ipaddress
from collections import OrderedDict

AT_ONCE = 10
REGAINED_SECONDS = 6.0
MOST_ADDRESSES = 4096  # the one that has been quiet for longest is forgotten


class Failures:
    """Counts them by address; one network of IPv6 that a single customer has is one."""

    def __init__(self) -> None:
        self._clear_at: OrderedDict[str, float] = OrderedDict()  # when all of them are forgiven, on a monotonic clock

    def are_too_many(self, address: str, now_seconds: float) -> bool:
        """Whether this address has to wait."""
        owed_seconds = self._clear_at.get(_counted_as(address), 0.0) - now_seconds
        return owed_seconds > (AT_ONCE - 1) * REGAINED_SECONDS

    def count(self, address: str, now_seconds: float) -> None:
        """One more."""
        key = _counted_as(address)
        self._clear_at[key] = max(self._clear_at.get(key, 0.0), now_seconds) + REGAINED_SECONDS
        self._clear_at.move_to_end(key)
        if len(self._clear_at) > MOST_ADDRESSES:
            self._clear_at.popitem(last=False)

    def forgive(self, address: str) -> None:
        """Take one back: it was none."""
        key = _counted_as(address)
        if key in self._clear_at:
            self._clear_at[key] -= REGAINED_SECONDS


def _counted_as(address: str) -> str:
    """
    >>> _counted_as("192.0.2.7"), _counted_as("2001:db8::1:2"), _counted_as("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
