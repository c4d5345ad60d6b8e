"""What the API tells of a snapshot, to who may see all."""

from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import Circumstances
from miner_agent.views.snapshot_view import SnapshotView, snapshot_view


def once_document(snapshot: RigSnapshot) -> SnapshotView:
    """What ``once --json`` prints."""
    return snapshot_view(snapshot, Circumstances(taken_at=snapshot.taken_at, sees_money=True))
