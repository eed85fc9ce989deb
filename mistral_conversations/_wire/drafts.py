"""Objects of frozen models without their `__init__`, which takes twice as long.

An object is created in a subclass that allows writing, its draft, and becomes an object
of the frozen class when it is complete. So nothing runs that `__init__` would run; a
class that relies on it is refused.
"""

from typing import Any

import attrs

from mistral_conversations.models.model import Model

__all__ = ["check_class", "draft_of"]

# attrs sets `__attrs_init__` where a class has an `__init__` written by hand, and
# `_attrs_cached_hash` where its hash is computed once.
_SPECIAL = (
    "__attrs_pre_init__",
    "__attrs_post_init__",
    "__attrs_init__",
    "_attrs_cached_hash",
)
_SKIPPED = "models are made without __init__, which would be skipped in silence"


def check_class(cls: type[Model]) -> None:
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


def draft_of(cls: type[Model]) -> type[Model]:
    """Return a class of the same layout whose objects can be written to.

    No caller sees an object of it; it only shows among the subclasses of its class.
    """
    members = {
        "__slots__": (),
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    return type(f"Draft{cls.__name__}", (cls,), members)
