"""Plain pages: Jinja templates beside this file, autoescaped."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader(__name__, ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def render(name: str, **values: Any) -> str:
    """The page `name` with these values.

    Raises:
        jinja2.TemplateNotFound, jinja2.UndefinedError
    """
    return _environment().get_template(name).render(**values)
