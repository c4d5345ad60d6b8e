"""The templates of the pages: Jinja in ``templates/``, and what ``tools/templates.py`` makes of it in ``compiled/``.

To compile them takes a quarter of a second of a processor, which every start of an agent would take.
"""

from pathlib import Path

from miner_agent.face.page.page_runtime import Template, environment

TEMPLATES = Path(__file__).with_name("templates")
COMPILED = Path(__file__).with_name("compiled")
_SUFFIX = ".html"


def compiled_name(name: str) -> str:
    """The module that is made of the template of that name.

    >>> compiled_name("now.html")
    'now_html'
    """
    return f"{name.removesuffix(_SUFFIX)}_html"


def page_templates() -> dict[str, Template]:
    """Every template by its name, with those too that others take macros from: the first client waits for none."""
    names = (file.stem.removesuffix("_html") + _SUFFIX for file in COMPILED.glob("*.py"))
    return {name: environment.get_template(name) for name in sorted(names)}
