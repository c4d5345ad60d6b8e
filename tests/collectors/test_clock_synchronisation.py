"""Whether the kernel says that somebody keeps the wall clock right."""

import pytest

from miner_agent.collectors.host.clock_synchronisation import Timex, is_synchronised


@pytest.mark.parametrize(("status", "code", "said"), [(0x2001, 0, True), (0x0040, 5, False), (0, -1, None)])
def test_what_the_kernel_tells_is_told(status: int, code: int, said: bool | None) -> None:
    def adjtimex(told: Timex) -> int:
        assert told.modes == 0  # it asks, and sets nothing
        told.status = status
        return code

    assert is_synchronised(adjtimex) is said


def test_this_machine_answers_or_does_not_tell() -> None:
    assert is_synchronised() in {True, False, None}


def test_the_status_stands_where_the_kernel_writes_it() -> None:
    assert Timex.status.offset == 5 * Timex.offset.size
