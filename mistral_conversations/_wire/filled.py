"""Models from their mirrors, by code that is generated for each class.

It does for a mirror what `compiled` does for a dict. Most fields are only copied, since
msgspec has checked their values.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, cast

import attrs

from mistral_conversations._wire.drafts import END, META, absent, names_of
from mistral_conversations.models.model import Model

__all__ = ["Fill", "Fills", "Makers", "Mirror", "fill_of"]

Fill: TypeAlias = Callable[[Any], Any]
Makers: TypeAlias = Mapping[type, Callable[[], Fill]]

_BEGIN = """\
def fill(mirror):
    model = new(Draft)
"""

_COPY = """\
    model.{name} = mirror.{name}
"""

_FILL = """\
    if (value := mirror.{name}) is None:
        {absent}
    else:
        model.{name} = {value}
"""

_TAG = """\
    model.type = {tag!r}
"""

_EXTRA = """\
    model.extra = {}
"""


class Fills(dict[type, Fill]):
    """The functions that make values of a model from what msgspec made, by its class.

    A function is compiled when a value of its class first occurs, because that takes
    half a millisecond.

    Args:
        makers: what makes each function. A value of another class stays as it is.
    """

    def __init__(self, makers: Makers) -> None:
        super().__init__()
        self._makers = makers

    def __missing__(self, cls: type) -> Fill:
        make = self._makers.get(cls)
        self[cls] = fill = _same if make is None else make()
        return fill


def _same(value: Any) -> Any:
    return value


@attrs.frozen
class Mirror:
    """What msgspec reads for a value, and how that becomes the value of a model.

    Attributes:
        type: the type for msgspec, without null.
        makers: what makes the functions of `fills`; empty if the values stay the same.
        at_once: the beginning of an expression that spares the usual value the call.
        fills: the functions that make the values, for all that have this mirror.
    """

    type: Any
    makers: Makers = attrs.field(factory=dict)
    at_once: str = ""
    fills: Fills = attrs.field(
        init=False,
        default=attrs.Factory(lambda self: Fills(self.makers), takes_self=True),
    )

    def is_filled(self, default: object) -> bool:
        """Return whether a field with a default has more to do than copy the value."""
        return bool(self.makers) or hasattr(default, "factory")


def fill_of(cls: type[Model], mirrors: Mapping[str, Mirror], tag: str | None) -> Fill:
    """Return the function that makes an object of a class from its mirror.

    Args:
        cls: the class.
        mirrors: those of its fields, by name.
        tag: the value of its field `type`; None if `mirrors` has that field, or the
            class has none.

    Raises:
        NotImplementedError: the class relies on what its `__init__` does.
    """
    names = names_of(cls)
    names |= {f"fills_{name}": each.fills for name, each in mirrors.items()}
    exec("".join(_source(cls, mirrors, tag)), names)  # noqa: S102 - the source is this module's own
    return cast("Fill", names["fill"])


def _source(
    cls: type[Model], mirrors: Mapping[str, Mirror], tag: str | None
) -> Iterator[str]:
    fields = attrs.fields_dict(cls)
    yield _BEGIN
    if tag is not None:
        yield _TAG.format(tag=tag)
    for name, mirror in mirrors.items():
        field = fields[name]
        lines = _FILL if mirror.is_filled(field.default) else _COPY
        yield lines.format(
            name=name,
            absent=absent(field),
            value=f"{mirror.at_once}fills_{name}[value.__class__](value)",
        )
    if "meta" in fields:
        yield META
    yield _EXTRA
    yield END
