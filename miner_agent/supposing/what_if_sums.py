"""What profit would be if inputs were others: what ``miner-agent what-if`` and ``hours`` say of the same. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from calculators.earnings.estimate import Estimate
from miner_agent.economy.overrides import Overrides
from miner_agent.economy.question_of_rig import question_of_rig
from miner_agent.economy.settings import Settings
from miner_agent.errors import SourceError
from miner_agent.profit import hours_document
from miner_agent.profit.labels import refusals
from miner_agent.profit.planned_hours import Stops
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.running_hours import hours_of
from miner_agent.profit.what_if import answer_with, inputs, narrowed, sweep, sweep_two, weights
from miner_agent.profit.what_if_document import map_document, row_document, weights_document, what_if_head
from miner_agent.profit.what_if_words import Range, parse_range, parse_settings, settled
from miner_agent.supposing.supposed_inputs import SupposedInputs
from miner_agent.supposing.supposing_errand import SupposingErrand

SWING_RATIO = 0.1
MOST_ESTIMATES = 1000  # of sweeps, together


def what_if(errand: SupposingErrand) -> dict[str, Any]:
    """The answer: today, then, what each input weighs, what was swept, and the hours that pay.

    Raises:
        AgentError: a table cannot be read, energy has no price, or no coin has data.
        ValueError: inputs cannot be what they are said to be; the sentence says why.
    """
    inputs_said = errand.inputs
    given, swept = parse_settings(inputs_said.settings), [parse_range(text) for text in inputs_said.sweeps]
    loaded = errand.loaded()
    settings = Settings.of(loaded)
    said = Overrides(only=() if inputs_said.coin is None else (inputs_said.coin,))
    whole = question_of_rig(settings, errand.answered(loaded), errand.rig, said, now=errand.now)
    ranking = rank(whole)
    today = _best_of(ranking, inputs_said)
    asked = narrowed(whole, today)
    wanted = settled(given, asked, today)
    base = answer_with(asked, today, wanted)
    rows = weights(asked, today, share=SWING_RATIO, settings=wanted)
    return {
        **what_if_head(ranking, wanted),
        "notes": list(ranking.notes),
        **weights_document(today, base, SWING_RATIO, rows),
        **_swept(asked, today, base, wanted, [Range.of(each, asked, today) for each in swept]),
        **_hours(ranking),
    }


def _best_of(ranking: Ranking, said: SupposedInputs) -> Estimate:
    if said.coin is not None and not ranking.ranked and not ranking.refused:
        raise ValueError(f"coin: {said.coin[:24]!r} is none that this rig can mine and the market tells")
    if ranking.whole is None:
        why = (*refusals(ranking, most_reasons=1)[:3], *ranking.problems[:3])
        raise SourceError(f"no coin can be computed: {'; '.join(why) or 'the market tells none'}")
    return ranking.whole


def _swept(
    asked: Question, today: Estimate, base: Estimate, wanted: Mapping[str, float], along: Sequence[Range]
) -> dict[str, Any]:
    found: dict[str, Any] = {"row": None, "map": None}
    if len(along) > 2:
        raise ValueError("sweep: two inputs can be swept at once, not more")
    estimates = 1
    for each in along:
        estimates *= len(each.values)
    if estimates > MOST_ESTIMATES:
        raise ValueError(f"sweep: these are {estimates} estimates; at most {MOST_ESTIMATES}: take larger steps")
    if len(along) == 1:
        rows = tuple(sweep(asked, today, along[0], wanted))
        document = row_document(base, inputs()[along[0].key], rows)
        profits = [row["profit_per_day"] for row in document["rows"]]
        found["row"] = {**document["sweep"], "values": list(along[0].values), "profit_per_day": profits}
    elif along:
        across, up = along
        if across.key == up.key:
            raise ValueError(f"sweep: {up.key} is swept twice")
        found["map"] = map_document(base, across, up, tuple(sweep_two(asked, today, across, up, wanted)))
    return found


def _hours(ranking: Ranking) -> dict[str, Any]:
    """When to run by today's tariff, of what is set nothing in it; why nobody can say it."""
    try:
        told = hours_document.document(hours_of(ranking, stops=Stops(), days=1, rewards=None))
    except ValueError as error:
        return {"hours": None, "hours_reason": str(error)}
    return {"hours": {**told["together"], "slots": told["slots"]}, "hours_reason": None}
