"""How many files this process may have open, and how many of them are left for sockets."""

import resource

OWN_DESCRIPTORS = 256  # databases, event loops, 64 clients, as many that come and go, children
FEWEST = 8


def make_room(wanted: int) -> int:
    """Raise the limit so far that ``wanted`` sockets fit beside what the agent needs itself; how many do.

    The hard limit is its owner's and stays as it is.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OWN_DESCRIPTORS
    if resource.RLIM_INFINITY in {soft, hard}:
        allowed = needed if soft == resource.RLIM_INFINITY else max(soft, needed)
    else:
        allowed = max(soft, min(needed, hard))
    if allowed > soft != resource.RLIM_INFINITY:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        except (OSError, ValueError):  # a sandbox may forbid it
            allowed = soft
    return max(FEWEST, min(wanted, allowed - OWN_DESCRIPTORS))


def make_room_for(first: int, then: int) -> tuple[int, int]:
    """The same for two kinds of sockets, of which the first goes before: how many fit of each."""
    room = make_room(first + then)
    return min(first, room), max(0, room - first)
