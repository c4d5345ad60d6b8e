"""``/api/v1/what-if``: what profit would be if inputs were others."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.asked_wrongly import NotShown, refuse_longer
from miner_agent.face.known import Known
from miner_agent.face.supposing_desk import SupposedQuestion
from miner_agent.supposing.supposed_inputs import SupposedInputs
from miner_agent.views.figures import NOT_SHOWN, Circumstances
from miner_agent.views.what_if_view import WhatIfView

PARAMETERS = ("set", "sweep", "coin")
_LONGEST_WORDS = 400  # characters of a parameter


def _make(_known: Known, at: Circumstances, parameters: Mapping[str, str]) -> SupposedQuestion:
    if not at.sees_money:
        raise NotShown(NOT_SHOWN)
    refuse_longer(parameters, _LONGEST_WORDS)
    return SupposedQuestion(
        SupposedInputs(
            settings=_words(parameters.get("set", "")),
            sweeps=_words(parameters.get("sweep", "")),
            coin=parameters.get("coin", "").strip().upper() or None,
        )
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


WHAT_IF = ApiEndpoint(
    path="what-if",
    summary="What profit would be if inputs were others, what each weighs, and the hours that pay.",
    view=WhatIfView,
    make=_make,
    parameters=PARAMETERS,
)
