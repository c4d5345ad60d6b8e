"""The process that computes for pages: an errand on stdin, an answer or the reason why there is none on stdout.

``python -m miner_agent.supposing.supposing_child``. It ends with whoever started it.
"""

import signal
import sys
from decimal import Decimal
from typing import Any

import msgspec

from miner_agent.errors import AgentError
from miner_agent.interpreter import end_with_parent
from miner_agent.supposing.supposed_inputs import DEADLINE_SECONDS
from miner_agent.supposing.supposing_errand import SupposingErrand, supposing_errand_of
from miner_agent.supposing.what_if_sums import what_if


def answer(errand: SupposingErrand) -> bytes:
    """As JSON: ``answer``; or ``refused``, a sentence, and whether what was asked is why."""
    try:
        return msgspec.json.encode(
            {"answer": _in_fixed_point(msgspec.to_builtins(what_if(errand), builtin_types=(Decimal,)))}
        )
    except AgentError as error:
        return msgspec.json.encode({"refused": str(error), "asked_wrongly": False})
    except ValueError as error:
        return msgspec.json.encode({"refused": str(error), "asked_wrongly": True})


def _in_fixed_point(value: Any) -> Any:
    match value:
        case Decimal():
            return f"{value:f}"
        case dict():
            return {name: _in_fixed_point(one) for name, one in value.items()}
        case list() | tuple():
            return [_in_fixed_point(one) for one in value]
        case _:
            return value


if __name__ == "__main__":
    end_with_parent()
    signal.alarm(int(DEADLINE_SECONDS) + 1)
    sys.stdout.buffer.write(answer(supposing_errand_of(sys.stdin.buffer.read())))
