"""The modules that templates are made into are those of the templates as they stand, and say what Jinja would."""

from types import ModuleType

import pytest
from jinja2 import DictLoader, TemplateAssertionError
from markupsafe import Markup

from miner_agent.face.page.page_runtime import Template
from miner_agent.face.page.page_templates import COMPILED
from tests.for_each import for_each
from tools import templates


def test_templates_are_compiled_as_they_stand() -> None:
    made = {path.name: text for path, text in templates.files()}

    assert {path.name: path.read_text() for path in COMPILED.glob("*.py")} == made, "run `python -m tools.templates`"


NAME = "said.html"
KNOWN = {"rows": ["a", "<b>", "c"], "pairs": {"x": 1, "y": None}, "own": Markup("<i>"), "add": sum}
SAID = (
    "{{ rows[1] }} {{ own }} {{ pairs.x }} {{ pairs['x'] }} {{ pairs.y }} {{ pairs.items() }} {{ add([1, 2]) }}",
    "{{ rows[0] ~ rows[1] }} {{ own ~ rows[1] }} {{ own ~ 1 ~ pairs.y }}",
    "{% for one in rows %}{{ loop.index }}{% if loop.first %} first{% endif %}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for one in rows if one == 'c' %}{{ one }}{% else %}no{% endfor %}{% for one in rows if not one %}1{% else %}no{% endfor %}",
    "{% for name, value in pairs.items() %}{% for one in rows %}{{ loop.index }}{{ name }}{% endfor %}{{ loop.last }}{% endfor %}",
    "{% set one, two = rows[:2] %}{{ two }}{% for each in rows %}{% set one = each %}{% endfor %}{{ one }}",
    "{% macro m(a, b='2', c=rows[1]) %}{{ a }}<{{ b }}>{{ c }}{% endmacro %}{{ m(1) }}{{ m(1, c=own) }}{{ m(b=3, a=rows[1]) }}",
    "{% if none == none and rows[2:] %}{{ 'yes' if own else 'no' }}{% elif own %}2{% else %}3{% endif %}{{ '%.1f' % 2 }}",
    "{% if pairs.y != none %}{{ nobody_gave }}{% endif %}{{ rows[0] in ('a', 'b') }} {{ none or '–' }}",
)


NOT_FOR_OURS = (
    "{{ 'a'|upper }}",
    "{% if 'a' is defined %}{% endif %}",
    "{{ unknown }}",
    "{{ own if none }}",
    "{{ pairs.z }}",
)


def ours(said: str) -> Template:
    module = ModuleType("said")
    exec(templates.compiled(said, NAME, templates.environment()), vars(module))
    return Template(module)


@for_each("said", SAID)
def test_a_template_says_what_it_says_in_jinja(said: str) -> None:
    jinja = templates.environment(DictLoader({NAME: said}))

    assert ours(said).render(KNOWN) == jinja.get_template(NAME).render(KNOWN)


@for_each("said", NOT_FOR_OURS)
def test_what_a_template_does_not_know_is_a_mistake_and_no_gap_in_a_page(said: str) -> None:
    with pytest.raises((TemplateAssertionError, ImportError, NameError, KeyError)):
        ours(said).render(KNOWN)


def test_a_macro_takes_what_it_names_and_no_more() -> None:
    for call in ("m()", "m(1, 2)", "m(a=1, b=2)"):
        with pytest.raises((NameError, TypeError)):
            ours(f"{{% macro m(a) %}}{{{{ a }}}}{{% endmacro %}}{{{{ {call} }}}}").render(KNOWN)
