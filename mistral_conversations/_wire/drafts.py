"""Objects of frozen models without their `__init__`, which takes twice as long.

An object is created in a subclass that allows writing, its draft, and becomes an object
of the frozen class when it is complete. So nothing runs that `__init__` would run; a
class that relies on it is refused. This module has what generated code of both kinds
shares: that which reads a dict, and that which reads a mirror.
"""

from datetime import datetime
from typing import Any

import attrs

from mistral_conversations._wire.keys import key_of
from mistral_conversations.models.model import Model

__all__ = ["END", "IF_AWARE", "IF_EXACTLY", "META", "absent", "names_of"]

IF_AWARE = "time if (time := fromisoformat(value)).tzinfo is not None else "
IF_EXACTLY = "value if value.__class__ is {kind} else "

META = """\
    model.meta = None
"""

END = """\
    model.__class__ = Class
    return model
"""

# attrs sets `__attrs_init__` where a class has an `__init__` written by hand, and
# `_attrs_cached_hash` where its hash is computed once.
_SPECIAL = (
    "__attrs_pre_init__",
    "__attrs_post_init__",
    "__attrs_init__",
    "_attrs_cached_hash",
)
_SKIPPED = "models are made without __init__, which would be skipped in silence"


def names_of(cls: type[Model]) -> dict[str, Any]:
    """Return the names that the code of a class refers to, its defaults among them.

    Raises:
        NotImplementedError: the class relies on what its `__init__` does.
    """
    _check_class(cls)
    defaults = {
        f"default_{field.name}": getattr(field.default, "factory", field.default)
        for field in attrs.fields(cls)
    }
    return {
        "Class": cls,
        "Draft": _draft(cls),
        "new": object.__new__,
        "fromisoformat": datetime.fromisoformat,
        **defaults,
    }


def absent(field: "attrs.Attribute[Any]") -> str:
    """Return the statement for a key that is absent or null."""
    name, default = field.name, field.default
    if default is attrs.NOTHING:
        return f"raise KeyError({key_of(field)!r})"
    call = "()" if hasattr(default, "factory") else ""
    return f"model.{name} = default_{name}{call}"


def _check_class(cls: type[Model]) -> None:
    """Refuse a class whose `__init__` does more than set fields.

    The error is not one of MISFITS, which would turn it into an unknown object.
    """
    for name in _SPECIAL:
        if hasattr(cls, name):
            raise NotImplementedError(f"{cls.__name__} has {name}: {_SKIPPED}")
    if cls.__new__ is not object.__new__:
        raise NotImplementedError(f"{cls.__name__} has __new__: {_SKIPPED}")
    for field in attrs.fields(cls):
        if (trait := _trait(field)) is not None:
            place = f"{cls.__name__}.{field.name}"
            raise NotImplementedError(f"{place} has {trait}: {_SKIPPED}")


def _trait(field: "attrs.Attribute[Any]") -> str | None:
    """Return what compiled code skips of a field, None if that is nothing."""
    traits = {
        "a validator": field.validator is not None,
        "a converter": field.converter is not None,
        "an alias": field.alias != field.name,
        "init=False": not field.init,
        "a default that takes self": getattr(field.default, "takes_self", False),
        "an annotation in quotes": isinstance(field.type, str),
    }
    return next((trait for trait, is_set in traits.items() if is_set), None)


def _draft(cls: type[Model]) -> type[Model]:
    """Return a class of the same layout whose objects can be written to.

    No caller sees an object of it; it only shows among the subclasses of its class.
    """
    members = {
        "__slots__": (),
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    return type(f"Draft{cls.__name__}", (cls,), members)
