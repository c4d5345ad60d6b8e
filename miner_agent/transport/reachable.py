"""Whether anybody listens at an address: a connection is made and closed, and nothing is said on it."""

import socket
import threading
from collections.abc import Iterable
from time import monotonic

from miner_agent.errors import Unreachable

Place = tuple[str, int]
NO_ANSWER = "no answer"


def who_is_reachable(places: Iterable[Place], *, deadline_seconds: float) -> dict[Place, Unreachable | None]:
    """Each place with why nobody answers there, or ``None`` where somebody does.

    A resolver can hang for half a minute: each has a thread that nobody waits for after the deadline.
    """
    asked = tuple(dict.fromkeys(places))
    found: dict[Place, Unreachable | None] = {}
    threads = [threading.Thread(target=_try, args=(place, deadline_seconds, found), daemon=True) for place in asked]
    for thread in threads:
        thread.start()
    until_seconds = monotonic() + deadline_seconds
    for thread in threads:
        thread.join(max(0.0, until_seconds - monotonic()))
    late = Unreachable(f"{NO_ANSWER} within {deadline_seconds:g} s")
    known = dict(found)
    return {place: known.get(place, late) for place in asked}


def _try(place: Place, deadline_seconds: float, found: dict[Place, Unreachable | None]) -> None:
    try:
        socket.create_connection(place, timeout=deadline_seconds).close()
    except socket.gaierror:
        found[place] = Unreachable("the name is not known here")
    except TimeoutError:
        found[place] = Unreachable(f"{NO_ANSWER} within {deadline_seconds:g} s")
    except (OSError, UnicodeError) as error:
        found[place] = Unreachable((getattr(error, "strerror", None) or NO_ANSWER).lower())
    else:
        found[place] = None
