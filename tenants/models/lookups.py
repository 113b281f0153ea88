"""A lookup that Django does not bring."""

from typing import Any

from django.db.models import Field, ForeignKey, Lookup


@ForeignKey.register_lookup  # links do not inherit the lookups of fields
@Field.register_lookup
class AnyOf(Lookup):
    """``pk__any_of=keys``: what ``in`` finds, with one array as the only parameter.

    The text of the statement stays the same however many keys there are, so it is prepared once;
    with a thousand of them ``in`` spends more on its placeholders than the database on the rows.
    """

    lookup_name = "any_of"

    def get_prep_lookup(self) -> list[Any]:
        return [self.lhs.output_field.get_prep_value(value) for value in self.rhs]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        rhs, keys = self.process_rhs(compiler, connection)
        return f"{lhs} = ANY({rhs})", (*params, *keys)
