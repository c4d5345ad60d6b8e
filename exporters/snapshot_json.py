"""A snapshot as a document for JSON, with the model's field names."""

from exporters.verdict_json import verdict_of
from miner_agent.model.readings import Outcome, Reading
from miner_agent.model.snapshot import RigSnapshot


def document(snapshot: RigSnapshot) -> dict[str, object]:
    """When, which rig, how it is, what it draws by the best source first, where it mines to, and every reading."""
    return {
        "taken_at": snapshot.taken_at,
        "rig": snapshot.rig,
        **verdict_of(snapshot.verdict),
        "power": snapshot.power,
        "pools": snapshot.pools,
        "sources": [_source(outcome) for outcome in snapshot.outcomes],
    }


def _source(outcome: Outcome[Reading]) -> dict[str, object]:
    error = outcome.error
    return {
        "source": outcome.source,
        "kind": outcome.kind,
        "up": error is None,
        "error": None if error is None else {"kind": error.kind, "message": str(error)},
        "reading": outcome.reading,
    }
