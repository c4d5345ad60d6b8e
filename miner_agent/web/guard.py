"""Stands before every page: whether a request names this agent, and whether who sends it may ask, and see money."""

import ipaddress
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from miner_agent.web.day_pages import DAYS_PATH
from miner_agent.web.users import NotAdmitted, Users

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_COSTLY = frozenset({"/rigs", "/sd", "/money", "/history", "/books"})  # made for who asks; all others lie ready
_COSTLY_BELOW = (DAYS_PATH, "/api/")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Refuse = Callable[[int, str, dict[str, str]], ASGIApp]

_WRONG_HOST = (
    "This agent does not answer to that host name. "
    "Ask it by its address, or as localhost on the machine that it runs on; [http] names adds others."
)
_OTHER_SITE = "A page of another site asks for this, and is not answered. Ask for it yourself."
_WHO = "Name and password are wanted here."
_LATER = "Too many wrong passwords have been tried. Try again in a few seconds."
_SEES_MONEY = "miner_agent.sees_money"  # in the scope of a request; no client can write there


class Guard:
    """What is asked of each request. Taken anew when the configuration changes."""

    def __init__(
        self, hosts: Sequence[str] = (), *, users: Mapping[str, str] | None = None, is_invented: bool = False
    ) -> None:
        """
        Args:
            hosts: names or addresses that a request may put into its Host header, beside the loopback ones. Any
                port is accepted with them, and so is the address that the client has reached.
            users: the hash of each user's password, by name; none: everybody may ask.
            is_invented: the rig does not exist: whoever may ask may see its money.
        """
        self._hosts, self.is_invented = tuple(hosts), is_invented
        self.users = Users({})
        self.take(users=users or {}, books_users=(), names=(), trusted_proxies=())

    def take(
        self,
        *,
        users: Mapping[str, str],
        books_users: Collection[str],
        names: Sequence[str],
        trusted_proxies: Iterable[str],
    ) -> None:
        """These from now on.

        Args:
            users: the hash of each user's password, by name.
            books_users: those of them who may see money and books.
            names: by which a reverse proxy asks.
            trusted_proxies: addresses or networks of those whose word for their client's address is taken.
        """
        self.allowed = frozenset(
            _bracketed(host).lower().encode("idna") for host in (*LOOPBACK_HOSTS, *self._hosts, *names)
        )
        self._proxies: tuple[Network, ...] = tuple(ipaddress.ip_network(each) for each in trusted_proxies)
        self._books_users = frozenset(books_users)
        self.users.take(users)

    def close(self) -> None:
        """Ask nobody any more."""
        self.users.close()

    def knows(self, host: bytes, scope: Scope) -> bool:
        """Whether that is a name of ours.

        A web page can make its own name point to an address of ours and so read our answers as if they were its own
        (DNS rebinding). Its requests still carry that name.
        """
        name = _without_port(host)
        reached = scope.get("server")
        return name in self.allowed or (bool(reached) and name == _bracketed(str(reached[0])).encode())  # type: ignore[index]

    def address_of(self, scope: Scope) -> str | None:
        """Who asks, for counting; ``None``: somebody who may open our socket on this machine."""
        client = scope.get("client")
        if not client:
            return None
        told = [each.strip() for each in header(scope, b"x-forwarded-for").decode("latin-1").split(",")]
        address = str(client[0])
        while told and self._is_proxy(address) and (before := _address(told.pop())):
            address = before
        return address

    def may_see_money(self, user: str | None, *, is_here: bool) -> bool:
        """Whether money and books are shown to who asks. Loopback is everybody on this machine: that is not enough.

        Args:
            user: whose password it knew; ``None``: nobody was asked for one.
            is_here: it came by our socket on this machine.
        """
        return is_here or self.is_invented or user in self._books_users

    def _is_proxy(self, address: str) -> bool:
        return any(ipaddress.ip_address(address) in network for network in self._proxies)


class GuardedApp:
    """An application behind a guard."""

    def __init__(self, app: ASGIApp, *, guard: Guard, refuse: Refuse) -> None:
        self._app, self._guard, self._refuse = app, guard, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app if scope["type"] == "lifespan" else await self._answering(scope)
        await app(scope, receive, send)

    async def _answering(self, scope: Scope) -> ASGIApp:
        if not self._guard.knows(header(scope, b"host"), scope):
            return self._refuse(421, _WRONG_HOST, {})
        if _is_from_another_site(scope):
            return self._refuse(403, _OTHER_SITE, {})
        address, user = self._guard.address_of(scope), None
        if address is not None and self._guard.users.are_asked_for:
            admitted = await self._guard.users.admit(header(scope, b"authorization"), address)
            if admitted is NotAdmitted.LATER:
                return self._refuse(429, _LATER, {"retry-after": "6"})
            if admitted is NotAdmitted.WRONG:
                return self._refuse(401, _WHO, {"www-authenticate": 'Basic realm="miner-agent", charset="UTF-8"'})
            user = admitted
        scope[_SEES_MONEY] = self._guard.may_see_money(user, is_here=address is None)
        return self._app


def sees_money(scope: Scope) -> bool:
    """Whether money and books are shown to who asks: as the guard found, and to nobody whom no guard has seen."""
    return scope.get(_SEES_MONEY) is True


def _is_from_another_site(scope: Scope) -> bool:
    """Whether a browser asks for a page of another site, as browsers say in Fetch Metadata.

    A link that somebody follows is as good as an address that they write, where its answer lies ready.
    """
    if header(scope, b"sec-fetch-site") != b"cross-site":
        return False
    follows_link = (header(scope, b"sec-fetch-mode"), header(scope, b"sec-fetch-dest")) == (b"navigate", b"document")
    return not follows_link or scope["path"] in _COSTLY or scope["path"].startswith(_COSTLY_BELOW)


def header(scope: Scope, wanted: bytes) -> bytes:
    """All values of one request header, as one list; empty when it was not sent."""
    return b",".join([value for name, value in scope["headers"] if name == wanted])


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    """An IPv6 address as it stands in a Host header."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _without_port(host: bytes) -> bytes:
    """
    >>> _without_port(b"LOCALHOST:9877"), _without_port(b"[::1]"), _without_port(b"localhost:evil")
    (b'localhost', b'[::1]', b'localhost:evil')
    """
    name, colon, port = host.lower().rpartition(b":")
    return name if colon and (port.isdigit() or not port) else host.lower()
