"""What drivers send: whatever else reaches a fake is a mistake."""

import re
from functools import cache

from miner_agent import drivers
from miner_agent.sources.driver import TOKEN, FramedCommand, HttpGet, HttpLogin, TcpCommand


@cache
def reads() -> tuple[re.Pattern[bytes], ...]:
    """All that any driver ever sends, up to the end of its first line. Each of them only reads."""
    allowed: set[bytes] = set()
    for name in drivers.names():
        for request in drivers.load(name).requests:
            match request:
                case HttpGet():
                    lines = [f"GET {path} HTTP/1.1".encode() for path in (request.path, *request.aliases)]
                    login = (
                        [f"POST {request.login.path} HTTP/1.1".encode()] if isinstance(request.login, HttpLogin) else []
                    )
                    allowed |= {re.escape(line) for line in (*lines, *login)}
                case TcpCommand():
                    commands = (request.command, *request.with_token)
                    allowed |= {re.escape(sent.partition(b"\r\n")[0]) for sent in commands}
                case FramedCommand():
                    allowed.add(re.escape(request.payload))
    token = re.escape(TOKEN)
    return tuple(re.compile(sent.replace(token, rb'"(?:[^"\\]|\\.)*"')) for sent in allowed)


def is_a_read(request: bytes) -> bool:
    """Whether some driver may send this."""
    line = request.partition(b"\r\n")[0]
    return any(allowed.fullmatch(line) for allowed in reads())
