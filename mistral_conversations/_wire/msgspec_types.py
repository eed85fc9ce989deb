"""Types as JSON Schema, and JSON as their values, through msgspec."""

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from typing import Any

import msgspec
import msgspec.inspect as mi

from mistral_conversations._wire.copied_classes import CopiedClasses
from mistral_conversations._wire.misfits import readable
from mistral_conversations._wire.schemas import Schema, rooted

__all__ = ["describe_by_msgspec"]

_FIELDED = (mi.StructType, mi.DataclassType, mi.TypedDictType, mi.NamedTupleType)

_NO_KEYS = (mi.CollectionType, mi.TupleType, mi.DictType, mi.NoneType, *_FIELDED)

_OF_MSGSPEC: dict[type, type] = {
    mi.RawType: msgspec.Raw,
    mi.ExtType: msgspec.msgpack.Ext,
}

_FORMATS: dict[type, str] = {mi.DateTimeType: "date-time", mi.TimeType: "time"}
"""What msgspec leaves out, because it also reads times without an offset."""


def describe_by_msgspec(
    annotation: Any, place: str
) -> tuple[Schema, Callable[[Any], Any]]:
    """Return the JSON Schema of a type, and what reads plain JSON as its values.

    The reader raises a ValueError for data that does not fit.

    Raises:
        TypeError: msgspec cannot describe the type, or cannot read it.
    """
    classes, infos = _parsed(annotation, place)
    schema = _schema(classes.annotation, infos)

    def read(value: Any) -> Any:
        return classes.restored(_read(classes.annotation, schema, value))

    return schema, read


def _parsed(annotation: Any, place: str) -> tuple[CopiedClasses, list[mi.Type]]:
    """Return an annotation for msgspec and its parts, from the whole to its classes.

    Raises:
        TypeError: a part cannot be described or read.
    """
    try:
        classes = CopiedClasses(annotation)
        info = mi.type_info(classes.annotation)
        msgspec.json.Decoder(classes.annotation)
    except KeyError as error:  # of attrs, which needs no annotations
        problem = f"the field {error} of a class in it has no annotation"
        raise TypeError(_undescribable(place, annotation, problem)) from None
    except (
        AttributeError,
        NameError,
        NotImplementedError,
        TypeError,
        ValueError,
    ) as error:
        problem = re.split(r" - type |\n|\. ", str(error))[0].rstrip(".")
        raise TypeError(_undescribable(place, annotation, problem)) from None
    except RecursionError:
        problem = "it contains itself"
        raise TypeError(_undescribable(place, annotation, problem)) from None
    infos = list(_walk(info, place))
    for where, each in infos:
        for part, problem in _problems(each):
            raise TypeError(_undescribable(where, part, problem))
    return classes, [each for _, each in infos]


def _problems(info: mi.Type) -> Iterator[tuple[Any, str]]:
    """Yield a type that msgspec describes but cannot read, with the reason."""
    if isinstance(info, mi.CustomType) and not issubclass(info.cls, PurePath):
        yield info.cls, "JSON has no such type"
    elif type(info) in _OF_MSGSPEC:
        yield _OF_MSGSPEC[type(info)], "JSON has no such type"
    elif isinstance(info, mi.DictType) and isinstance(info.key_type, _NO_KEYS):
        yield dict, "the keys of an object in JSON are texts"


_REMEDIES = {
    "Integer values": "use int",
    "dataclass or attrs": 'give each class a tag, a field such as kind: Literal["a"], '
    "or use pydantic models",
    "dict-like": "use a class for each, with a tag, or pydantic models",
    "str-like": "use str, and convert it in the function",
    "array-like": "use list",
    "tagged": "give each class a tag, or use pydantic models",
    "Enum": "use an enum of texts",
    "itself": "use Any, or a class for it",
    "no annotation": "annotate it",
    "the keys": "use str as the type of the keys",
}
_REMEDY = (
    "use str, int, float, bool, a date or time, list, dict, Literal, an enum, an attrs "
    "class, a dataclass, a TypedDict or a pydantic model"
)


def _undescribable(place: str, annotation: Any, problem: str) -> str:
    remedy = next((text for key, text in _REMEDIES.items() if key in problem), _REMEDY)
    return (
        f"{place} is annotated {inspect.formatannotation(annotation)}, which cannot be "
        f"described to the model: {problem}; {remedy}"
    )


def _walk(
    info: mi.Type, place: str, seen: set[Any] | None = None
) -> Iterator[tuple[str, mi.Type]]:
    """Yield the parts of a type, each class once, with the place of each."""
    seen = set() if seen is None else seen
    if isinstance(info, (*_FIELDED, mi.EnumType)):
        if info.cls in seen:
            return
        seen.add(info.cls)
    yield place, info
    for where, inner in _parts(info, place):
        yield from _walk(inner, where, seen)


def _parts(info: mi.Type, place: str) -> Iterator[tuple[str, mi.Type]]:
    if isinstance(info, mi.Metadata):
        yield place, info.type
    elif isinstance(info, mi.CollectionType):
        yield place, info.item_type
    elif isinstance(info, mi.TupleType):
        yield from ((place, each) for each in info.item_types)
    elif isinstance(info, mi.DictType):
        yield from ((place, each) for each in (info.key_type, info.value_type))
    elif isinstance(info, mi.UnionType):
        yield from ((place, each) for each in info.types)
    elif isinstance(info, _FIELDED):
        owner = getattr(info.cls, "__name__", str(info.cls))
        for field in info.fields:
            yield f"{place}: the field {field.name!r} of {owner}", field.type


def _schema(annotation: Any, infos: list[mi.Type]) -> Schema:
    named = [each for each in infos if isinstance(each, (*_FIELDED, mi.EnumType))]
    types = [annotation, *(each.cls for each in named)]
    (root, *refs), definitions = msgspec.json.schema_components(
        types, schema_hook=_custom_schema
    )
    _add_formats(infos[0], root)
    for each, ref in zip(named, refs, strict=True):
        definition = definitions[ref["$ref"].rpartition("/")[2]]
        definition.pop("title", None)
        if isinstance(each, mi.EnumType):  # in the order of its members
            definition["enum"] = [member.value for member in each.cls]
        else:
            _add_formats_of_fields(each, definition)
        if "description" in definition:  # the docstring, indented as in the source
            definition["description"] = inspect.cleandoc(definition["description"])
    return rooted(root, definitions)


def _custom_schema(_: type) -> Schema:
    return {"type": "string", "format": "path"}


def _add_formats_of_fields(info: Any, definition: Schema) -> None:
    if "properties" in definition:
        for field in info.fields:
            _add_formats(field.type, definition["properties"][field.encode_name])
    else:  # a NamedTuple, or a Struct as an array, which may begin with its tag
        items = definition["prefixItems"]
        for field, item in zip(reversed(info.fields), reversed(items), strict=False):
            _add_formats(field.type, item)


def _add_formats(info: mi.Type, schema: Schema) -> None:
    """Add the format of times, and the keys of objects, up to the classes in a schema.

    msgspec leaves out both.
    """
    while isinstance(info, mi.Metadata):
        info = info.type
    if (form := _FORMATS.get(type(info))) is not None:
        schema.setdefault("format", form)
    elif isinstance(info, mi.CollectionType):
        _add_formats(info.item_type, schema.get("items", {}))
    elif isinstance(info, mi.TupleType):
        for item, inner in zip(
            info.item_types, schema.get("prefixItems", ()), strict=True
        ):
            _add_formats(item, inner)
    elif isinstance(info, mi.DictType):
        _add_formats(info.value_type, schema.get("additionalProperties", {}))
        if keys := _keys(info.key_type):
            schema["propertyNames"] = {"enum": keys}
    elif isinstance(info, mi.UnionType):
        _add_formats_of_members(info, schema["anyOf"])


def _keys(info: mi.Type) -> list[str]:
    """Return the keys that an object may have; none if it may have any."""
    while isinstance(info, mi.Metadata):
        info = info.type
    values: Iterable[Any] = ()
    if isinstance(info, mi.EnumType):
        values = (member.value for member in info.cls)
    elif isinstance(info, mi.LiteralType):
        values = info.values
    return [each if isinstance(each, str) else json.dumps(each) for each in values]


def _add_formats_of_members(union: mi.UnionType, options: list[Schema]) -> None:
    for member in union.types:
        for option in options:
            if option.get("type") == _json_type(member):
                _add_formats(member, option)


def _json_type(info: mi.Type) -> str | None:
    """Return the JSON type of what may hold times: a union has each at most once."""
    while isinstance(info, mi.Metadata):
        info = info.type
    if type(info) in _FORMATS:
        return "string"
    if isinstance(info, mi.CollectionType | mi.TupleType):
        return "array"
    return "object" if isinstance(info, mi.DictType) else None


def _read(annotation: Any, schema: Schema, value: Any) -> Any:
    """Convert JSON's plain types, strictly, or else with numbers and flags in texts.

    Args:
        annotation: the type.
        schema: its JSON Schema, for the error.
        value: JSON's plain types.

    Raises:
        ValueError: the value does not fit.
    """
    try:
        return _converted(annotation, value, strict=True)
    except msgspec.ValidationError:
        pass
    try:
        return _converted(annotation, value, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(readable(error, schema)) from None


def _converted(annotation: Any, value: Any, *, strict: bool) -> Any:
    return msgspec.convert(
        value, annotation, strict=strict, str_keys=True, dec_hook=_custom_value
    )


def _custom_value(cls: type, value: Any) -> Any:
    if not isinstance(value, str | cls):
        raise TypeError("expected a string")
    return cls(value)
