"""The limit of open files: raised as far as needed and allowed, and never lowered."""

import resource
import subprocess
import sys

import pytest

from miner_agent.service import descriptors

RAISE = """
import resource, sys
from miner_agent.service.descriptors import make_room
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(make_room(wanted), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def raised(soft: int, hard: int, wanted: int) -> tuple[int, ...]:
    """How many sockets fit, and the limits afterwards; in a process of its own, since a hard limit never rises again."""
    done = subprocess.run(
        [sys.executable, "-c", RAISE, str(soft), str(hard), str(wanted)], capture_output=True, text=True, check=True
    )
    return tuple(int(word) for word in done.stdout.split())


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "expected"),
    [
        (256, 1024, 512, (512, 768, 1024)),
        (1024, 1024, 512, (512, 1024, 1024)),
        (300, 400, 512, (144, 400, 400)),
        (128, 128, 512, (8, 128, 128)),
    ],
)
def test_the_limit_is_raised_as_far_as_needed_and_allowed(
    soft: int, hard: int, wanted: int, expected: tuple[int, ...]
) -> None:
    assert raised(soft, hard, wanted) == expected


def test_where_a_sandbox_forbids_it_what_is_allowed_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(resource, "getrlimit", lambda _: (300, 4096))
    monkeypatch.setattr(resource, "setrlimit", forbidden)

    assert descriptors.make_room(512) == 300 - descriptors.OWN_DESCRIPTORS


@pytest.mark.parametrize(("hard", "expected"), [(4096, (512, 1024)), (1024, (512, 256)), (400, (144, 0))])
def test_what_goes_before_gets_its_room_first(
    hard: int, expected: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (300, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)

    assert descriptors.make_room_for(512, 1024) == expected
