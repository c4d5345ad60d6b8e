"""The modules that templates are made into are those of the templates as they stand."""

from miner_agent.face.page.page_templates import COMPILED
from tools import templates


def test_templates_are_compiled_as_they_stand() -> None:
    made = {path.name: text for path, text in templates.files()}

    assert {path.name: path.read_text() for path in COMPILED.glob("*.py")} == made, "run `python -m tools.templates`"
