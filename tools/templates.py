"""Writes the modules that the pages' templates are made into: ``python -m tools.templates``."""

import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import BaseLoader, Environment, StrictUndefined
from jinja2.runtime import exported

from miner_agent.face.page import page_runtime
from miner_agent.face.page.page_templates import COMPILED, TEMPLATES, compiled_name
from miner_agent.face.page.page_words import harmless


def environment(loader: BaseLoader | None = None) -> Environment:
    """What templates are compiled by. It knows no filter and no test: an agent has none."""
    made_by = Environment(
        loader=loader,
        autoescape=True,
        finalize=harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made_by.filters.clear()
    made_by.tests.clear()
    return made_by


def compiled(text: str, name: str, made_by: Environment) -> str:
    """The module that is made of a template: with our runtime in the place of Jinja's, as far as it goes."""
    _jinjas, rest = made_by.compile(text, name, raw=True, defer_init=True).split("\n", 1)
    names = sorted(["environment", *(name for name in exported if re.search(rf"\b{name}\b", rest))])
    return f"from {page_runtime.__name__} import {', '.join(names)}  # by tools/templates.py\n{rest}\n"


def files() -> Iterator[tuple[Path, str]]:
    """Every file that is made, with its text."""
    made_by = environment()
    for template in sorted(TEMPLATES.glob("*.html")):
        path = COMPILED / f"{compiled_name(template.name)}.py"
        yield path, compiled(template.read_text(), template.name, made_by)


def main() -> None:
    """Write all of them, and take away those that are no more."""
    made = dict(files())
    COMPILED.mkdir(exist_ok=True)
    for old in set(COMPILED.glob("*.py")) - set(made):
        old.unlink()
    for path, text in made.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
