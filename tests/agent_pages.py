"""The pages of an agent that says how its rigs are, and of its own what a tick gave."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from exporters import verdict_json
from miner_agent.config.configuration import Config
from miner_agent.face.agent_face import AgentFace
from miner_agent.face.known import Known
from miner_agent.model.health import Verdict
from miner_agent.web.app import build_app
from miner_agent.web.listening import bind
from miner_agent.web.pages import MetricsPage, Pages, RigPage, RigPages, VerdictPage
from miner_agent.web.server import WebHost
from tests.face.told_desks import desks
from tests.log_ticks import START, full_tick

WELL = Verdict(word="well")
PAGE = MetricsPage(text=b"", openmetrics=b"")


def own(verdict: Verdict) -> bytes:
    """What an agent says of its own rig."""
    return verdict_json.rendered(replace(full_tick(0), verdict=verdict))


@contextmanager
def agent_pages(body: bytes | None, **rigs: Verdict) -> Iterator[int]:
    """Serves them on loopback; the port. Without a body its readings are not there yet. ``rigs``: behind the gateway."""
    reasons = ["no tick is complete yet"] if body is None else []
    pages, others = Pages(lambda: reasons[0] if reasons else None), RigPages(lambda: 0.0)
    pages.publish(MetricsPage(text=b"", openmetrics=b""), verdict=lambda: VerdictPage(body=body or b"", in_short=""))
    others.serve_only(rigs)
    for name, verdict in rigs.items():
        page = RigPage(
            page=PAGE,
            without_readings=lambda: PAGE,
            fresh_until_seconds=1.0,
            asked_at=START,
            up=True,
            reason=None,
            dead=False,
            verdict=partial(verdict_json.verdict_of, verdict),
        )
        others.publish(name, page)
    known = Known(snapshot=full_tick(0), loaded=Config())
    face = AgentFace(lambda: None if body is None else known, pages.reason_not_ready, desks())
    host = WebHost(build_app(pages, rigs=others, face=face), bind("127.0.0.1", 0))
    host.start()
    try:
        yield host.port
    finally:
        host.close()
