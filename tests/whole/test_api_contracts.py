"""What the model and the API promise each other: no number that metrics show gets lost, and no money gets out."""

import msgspec

from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import NOT_SHOWN as HIDDEN
from miner_agent.views.figures import Circumstances
from miner_agent.views.snapshot_view import snapshot_view
from tests.whole.test_contracts import BY_THE_API, NOT_SHOWN, NUMBERS, OF_MONEY, changed, everything, numbers

NOT_IN_THE_API: dict[str, set[tuple[str, str]]] = {}
"""Numbers that a metric shows and no document does, by reason."""
WHEN = ("Economy", "computed_at")
"""How old prices and tariffs are is known to everybody, as they are themselves."""


def told(snapshot: RigSnapshot, *, sees_money: bool = True) -> bytes:
    at = Circumstances(taken_at=snapshot.taken_at, sees_money=sees_money)
    return msgspec.json.encode(snapshot_view(snapshot, at))


def test_every_number_that_a_metric_shows_is_told_by_the_api_or_listed_with_a_reason() -> None:
    whole = everything("EUR")
    document = told(whole)
    shown = {place for place, other in changed(whole) if told(other) != document}

    in_metrics = set(numbers(*NUMBERS)) - set().union(*NOT_SHOWN.values())
    assert in_metrics - shown == set().union(*NOT_IN_THE_API.values())
    assert NOT_SHOWN[BY_THE_API] <= shown


def test_no_number_of_money_or_books_is_told_to_who_may_not_see_it() -> None:
    whole, tried = everything("EUR"), set()
    public = told(whole, sees_money=False)
    for (holder, field), other in changed(whole):
        if holder in OF_MONEY and (holder, field) != WHEN:
            tried.add(holder)
            assert told(other, sees_money=False) == public, (holder, field)

    assert tried == OF_MONEY
    assert public.count(HIDDEN.encode()) == 2
    assert public != told(whole)
