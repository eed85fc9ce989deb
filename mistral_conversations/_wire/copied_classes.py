"""Classes that have copies, classes of msgspec, which describe and read them.

Attrs classes and dataclasses in a union, which the value of one field tells apart:
msgspec tells only its own classes apart. Classes whose fields have converters of attrs,
or are not for the caller (`init=False`): msgspec fills every field without a call of
the class. And classes with such a class in a field.
"""

import dataclasses
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import (
    Annotated,
    Any,
    ForwardRef,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs
import msgspec

from mistral_conversations._wire.misfits import said

__all__ = ["CopiedClasses"]

_UNIONS = (Union, types.UnionType)
_SCALARS = (str, int, float, bool, type(None))


@attrs.frozen
class _Field:
    name: str
    keyword: str
    """Its name in a call of the class."""

    annotation: Any
    default: Any
    """`msgspec.NODEFAULT` for a required field, UNSET if only the class can make it."""


class CopiedClasses:
    """The copies of the classes in an annotation that need one."""

    def __init__(self, annotation: Any) -> None:
        self._fields: dict[type, tuple[_Field, ...]] = {}
        self._tags: dict[type, tuple[str, Any]] = {}
        self._survey(annotation)
        names = {cls: f"_copy_of_{id(cls)}" for cls in self._needed()}
        self._copies = {cls: self._copy(cls, names) for cls in names}
        self._originals = {copy: cls for cls, copy in self._copies.items()}
        for copy in self._originals:
            for cls, name in names.items():
                setattr(copy, name, self._copies[cls])
        self.annotation = _replaced(annotation, self._copies)
        """The annotation with the copies, and without names of `type` statements."""

    def restored(self, value: Any, place: str = "") -> Any:
        """Return a value of the annotation for one with objects of the copies.

        Args:
            value: what msgspec read.
            place: its position, for errors.

        Raises:
            ValueError: a class refuses its values.
        """
        if not self._copies:
            return value
        if (cls := self._originals.get(type(value))) is not None:
            return self._object(cls, value, place)
        if isinstance(value, dict):
            return {
                key: self.restored(item, f"{place}[...]") for key, item in value.items()
            }
        if type(value) in (list, tuple, set, frozenset):
            return type(value)(
                self.restored(item, f"{place}[{index}]")
                for index, item in enumerate(value)
            )
        return value

    def _object(self, cls: type, copy: Any, place: str) -> Any:
        tag, kind = self._tags.get(cls, ("", None))
        values = {
            field.keyword: kind
            if field.name == tag
            else self.restored(getattr(copy, field.name), f"{place}.{field.name}")
            for field in self._fields[cls]
        }
        try:
            return cls(**{k: v for k, v in values.items() if v is not msgspec.UNSET})
        except (TypeError, ValueError) as error:
            where = f", at {place.removeprefix('.')}" if place else ""
            raise ValueError(f"{said(error)}{where}") from None

    def _survey(self, annotation: Any) -> None:
        for part in _parts(annotation):
            if get_origin(part) in _UNIONS:
                self._tags.update(_tags_of(get_args(part)))
            elif (cls := _class_of(part)) is not None and cls not in self._fields:
                self._fields[cls] = _fields_of(cls) or ()
                for field in self._fields[cls]:
                    self._survey(field.annotation)

    def _needed(self) -> set[type]:
        """Return the classes that need a copy, and those with fields of such."""
        needed, size = {*self._tags, *filter(_must_be_called, self._fields)}, -1
        while len(needed) != size:
            size = len(needed)
            needed |= {
                cls
                for cls, fields in self._fields.items()
                if any(
                    isinstance(part, type) and part in needed
                    for field in fields
                    for part in _parts(field.annotation)
                )
            }
        return needed

    def _copy(self, cls: type, names: Mapping[type, str]) -> type[msgspec.Struct]:
        """Return a class of msgspec whose annotations name the copies of others."""
        copies = {other: ForwardRef(name) for other, name in names.items()}
        tag, kind = self._tags.get(cls, (None, None))
        doc = cls.__doc__ or ""
        return msgspec.defstruct(
            cls.__name__,
            [
                (each.name, _annotation_of(each, copies), each.default)
                for each in self._fields[cls]
                if each.name != tag
            ],
            namespace={"__doc__": "" if doc.startswith(f"{cls.__name__}(") else doc},
            module=cls.__module__,
            kw_only=True,
            frozen=True,
            tag_field=tag,
            tag=kind,
        )


def _annotation_of(field: _Field, copies: Mapping[type, Any]) -> Any:
    made = _replaced(field.annotation, copies)
    is_unset = field.default is msgspec.UNSET
    return Union[made, msgspec.UnsetType] if is_unset else made  # noqa: UP007 - an alias


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield an annotation and those in it, down to classes."""
    yield annotation
    if get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _parts(part)
    if hasattr(annotation, "__value__"):
        yield from _parts(_aliased(annotation))


def _aliased(alias: Any) -> Any:
    """Return the type that a `type` statement has named, with its parameters filled."""
    value, given = alias.__value__, get_args(alias)
    if not given:
        return value
    filled = dict(zip(get_origin(alias).__type_params__, given, strict=True))
    if value in filled:
        return filled[value]
    names = getattr(value, "__parameters__", ())
    return value[tuple(filled[each] for each in names)] if names else value


def _replaced(annotation: Any, replacements: Mapping[type, Any]) -> Any:
    if isinstance(annotation, type) and annotation in replacements:
        return replacements[annotation]
    if hasattr(annotation, "__value__"):
        return _replaced(_aliased(annotation), replacements)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        made = _replaced(parts[0], replacements)
        return Annotated[(made, *annotation.__metadata__)]
    if origin is None or origin is Literal:
        return annotation
    made = tuple(_replaced(part, replacements) for part in parts)
    if made == parts:
        return annotation
    return Union[made] if origin in _UNIONS else origin[made]  # noqa: UP007 - a tuple


def _tags_of(members: Sequence[Any]) -> dict[type, tuple[str, Any]]:
    """Return what tells the classes of a union apart; nothing if they need no tag."""
    classes = [each for each in map(_class_of, members) if each is not None]
    literals = {cls: dict(_literals_of(cls)) for cls in classes}
    if len(classes) > 1:
        for name in literals[classes[0]]:
            kinds = {found[name] for found in literals.values() if name in found}
            if len(kinds) == len(classes):
                return {cls: (name, literals[cls][name]) for cls in classes}
    return {}


def _class_of(member: Any) -> type | None:
    if get_origin(member) is Annotated:
        member = get_args(member)[0]
    is_class = isinstance(member, type) and _fields_of(member) is not None
    return member if is_class else None


def _literals_of(cls: type) -> Iterator[tuple[str, Any]]:
    for field in _fields_of(cls) or ():
        values = get_args(field.annotation)
        is_literal = get_origin(field.annotation) is Literal and len(values) == 1
        if is_literal and type(values[0]) in (str, int):
            yield field.name, values[0]


def _fields_of(cls: type) -> tuple[_Field, ...] | None:
    """Return the fields of an attrs class or a dataclass; None for another class."""
    found: Sequence[Any]
    if attrs.has(cls):
        found = attrs.fields(cls)
    elif dataclasses.is_dataclass(cls):
        found = dataclasses.fields(cls)
    else:
        return None
    try:
        annotations = get_type_hints(cls, include_extras=True)
    except (AttributeError, NameError, SyntaxError, TypeError):
        return None  # msgspec says what is wrong
    if any(isinstance(each, dataclasses.InitVar) for each in annotations.values()):
        return None  # msgspec refuses it
    return tuple(
        _Field(
            each.name,
            getattr(each, "alias", each.name),
            annotations[each.name],
            _default_of(each),
        )
        for each in found
        if each.init
    )


def _must_be_called(cls: type) -> bool:
    """Return whether the `__init__` that attrs or dataclasses made changes values."""
    fields: Sequence[Any] = (
        attrs.fields(cls) if attrs.has(cls) else dataclasses.fields(cls)
    )
    has_own_init = hasattr(cls, "__attrs_init__")
    return not has_own_init and any(
        not each.init or getattr(each, "converter", None) for each in fields
    )


def _default_of(field: Any) -> Any:
    """Return the default of a field, if it is one that everybody may share."""
    if type(field.default) in _SCALARS:
        return field.default
    nothing = (attrs.NOTHING, dataclasses.MISSING)
    is_required = (
        field.default in nothing
        and getattr(field, "default_factory", dataclasses.MISSING) in nothing
    )
    return msgspec.NODEFAULT if is_required else msgspec.UNSET
