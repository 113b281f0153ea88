"""A part that many rows of a page have in common, rendered once."""

from collections.abc import Mapping
from typing import Any, cast

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs

register = template.Library()


class OncePer(template.Node):
    """Sees nothing but its values: what is not among them cannot stray into another row."""

    def __init__(self, values: Mapping[str, FilterExpression], body: NodeList) -> None:
        self.values, self.body = values, body

    def render(self, context: template.Context) -> Any:
        values = {name: value.resolve(context) for name, value in self.values.items()}
        rendered: dict[Any, Any] = cast(Any, context.render_context).setdefault(self, {})
        key = tuple(values.values())
        if key not in rendered:
            rendered[key] = self.body.render(context.new(values))
        return rendered[key]


@register.tag
def once_per(parser: Parser, token: Token) -> OncePer:
    """``{% once_per name=value … %} … {% end_once_per %}``: the body, rendered once in a page for
    each set of values. It sees the values alone, as ``{% include … only %}`` does.

    Raises: template.TemplateSyntaxError for anything that is not ``name=value``.
    """
    name, *given = token.split_contents()
    values = token_kwargs(given, parser)
    if given or not values:
        raise template.TemplateSyntaxError(f"{name} takes name=value, at least one")
    body = parser.parse(("end_once_per",))
    parser.delete_first_token()
    return OncePer(values, body)
