"""Compiled code builds the same models from objects as `__init__` does."""

import pickle
from collections.abc import Iterator
from typing import Any, Literal, Self

import attrs
import pytest
from cattrs import Converter

import mistral_conversations
from mistral_conversations import (
    ConversationResponse,
    ConversationUsageInfo,
    MessageOutputEntry,
    MessageOutputEvent,
    UnknownEvent,
    from_dict,
)
from mistral_conversations._wire.compiled import compiled_hook
from mistral_conversations._wire.converter import structure_hook
from mistral_conversations.models.model import Model
from tests.support.bodies import delta, response, without
from tests.support.for_each import for_each


@attrs.frozen(kw_only=True, repr=False)
class Box(Model):
    label: str
    count: int = 3
    parts: tuple[str, ...] = attrs.field(factory=tuple)


def fit(data: Any) -> Any:
    return compiled_hook(Box, Converter())(data, Box)


def test_a_model_equals_what_init_makes() -> None:
    hook = structure_hook(MessageOutputEvent)
    made = hook(delta("Hi"), MessageOutputEvent)
    fields = {f.name: getattr(made, f.name) for f in attrs.fields(MessageOutputEvent)}
    twin = MessageOutputEvent(**fields)
    assert (made, hash(made), repr(made)) == (twin, hash(twin), repr(twin))
    assert pickle.loads(pickle.dumps(made)) == made
    assert attrs.evolve(made, content="Ho").content == "Ho"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.content = "Ho"


def test_what_is_absent_or_null_has_its_default() -> None:
    assert fit({"label": "a"}) == Box(label="a", count=3, parts=())
    assert fit({"label": "a", "count": None, "parts": None}) == Box(label="a")


def test_defaults_are_not_shared() -> None:
    first, second = fit({"label": "a"}), fit({"label": "b"})
    assert first.extra == second.extra == {}
    assert first.extra is not second.extra


def test_other_keys_are_extra_except_nulls() -> None:
    box = fit({"label": "a", "colour": "red", "smell": None, "count": None})
    assert box.extra == {"colour": "red"}


@for_each("data", [{}, {"label": None}, {"count": 1}])
def test_a_required_key_that_is_missing_is_a_misfit(data: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match="label"):
        fit(data)


@for_each("data", [None, [], "text", 1])
def test_what_is_no_object_is_a_misfit(data: Any) -> None:
    with pytest.raises(TypeError, match="expected an object, got"):
        fit(data)


def test_an_answer_has_no_meta_yet() -> None:
    made = structure_hook(ConversationResponse)(response(), ConversationResponse)
    assert made.meta is None
    bare = structure_hook(ConversationResponse)(
        without(response(), "usage"), ConversationResponse
    )
    assert bare.usage == ConversationUsageInfo()


def test_hooks_are_made_once_for_a_class() -> None:
    assert structure_hook(MessageOutputEntry) is structure_hook(MessageOutputEntry)


def upper(text: str) -> str:
    return text.upper()


def not_blank(_: object, __: object, value: str) -> None:
    assert value.strip()


@attrs.frozen(kw_only=True, repr=False)
class Validated(Model):
    label: str = attrs.field(validator=not_blank)


@attrs.frozen(kw_only=True, repr=False)
class Converted(Model):
    label: str = attrs.field(converter=upper)


@attrs.frozen(kw_only=True, repr=False)
class Aliased(Model):
    label: str = attrs.field(alias="name")


@attrs.frozen(kw_only=True, repr=False)
class Private(Model):
    _label: str


@attrs.frozen(kw_only=True, repr=False)
class NoParameter(Model):
    label: str = attrs.field(init=False, default="a")


@attrs.frozen(kw_only=True, repr=False)
class DefaultOfSelf(Model):
    label: str
    size: int = attrs.field(default=attrs.Factory(lambda it: len(it.label), True))


@attrs.frozen(kw_only=True, repr=False)
class Quoted(Model):
    label: "str"


@attrs.frozen(kw_only=True, repr=False)
class AfterInit(Model):
    label: str

    def __attrs_post_init__(self) -> None:
        raise AssertionError


@attrs.frozen(kw_only=True, repr=False)
class InheritsAfterInit(AfterInit):
    colour: str


@attrs.frozen(kw_only=True, repr=False)
class InheritsValidator(Validated):
    colour: str


@attrs.frozen(kw_only=True, repr=False)
class BeforeInit(Model):
    label: str

    def __attrs_pre_init__(self) -> None:
        raise AssertionError


@attrs.frozen(kw_only=True, repr=False)
class OwnInit(Model):
    label: str

    def __init__(self, label: str) -> None:
        self.__attrs_init__(label=label)  # type: ignore[attr-defined]


@attrs.frozen(kw_only=True, repr=False)
class OwnNew(Model):
    label: str

    def __new__(cls, **_: Any) -> Self:
        return super().__new__(cls)


@attrs.frozen(kw_only=True, repr=False, cache_hash=True)
class CachedHash(Model):
    label: str


REFUSED = {
    Validated: r"Validated\.label has a validator",
    Converted: r"Converted\.label has a converter",
    Aliased: r"Aliased\.label has an alias",
    Private: r"Private\._label has an alias",
    NoParameter: r"NoParameter\.label has init=False",
    DefaultOfSelf: r"DefaultOfSelf\.size has a default that takes self",
    Quoted: r"Quoted\.label has an annotation in quotes",
    AfterInit: "AfterInit has __attrs_post_init__",
    InheritsAfterInit: "InheritsAfterInit has __attrs_post_init__",
    InheritsValidator: r"InheritsValidator\.label has a validator",
    BeforeInit: "BeforeInit has __attrs_pre_init__",
    OwnInit: "OwnInit has __attrs_init__",
    OwnNew: "OwnNew has __new__",
    CachedHash: "CachedHash has _attrs_cached_hash",
}


@pytest.mark.parametrize("cls", REFUSED, ids=lambda cls: cls.__name__)
def test_a_class_that_relies_on_its_init_is_refused(cls: type[Model]) -> None:
    with pytest.raises(NotImplementedError, match=f"^{REFUSED[cls]}: models are made"):
        compiled_hook(cls, Converter())


@attrs.frozen(kw_only=True, repr=False)
class Tagged(Model):
    type: Literal["tagged"] = "tagged"
    inner: Validated


@attrs.frozen(kw_only=True, repr=False)
class Other(Model):
    type: Literal["other"] = "other"


def test_a_refused_class_does_not_pass_for_unknown_data() -> None:
    union: Any = Tagged | Other | UnknownEvent
    data = {"type": "tagged", "inner": {"label": "a"}}
    assert from_dict(union, {"type": "new"}) == UnknownEvent(
        type="new", raw={"type": "new"}
    )
    for kind in (union, Tagged, Validated):
        with pytest.raises(NotImplementedError, match=r"^Validated\.label has"):
            from_dict(kind, data)


def models(cls: type[Model]) -> Iterator[type[Model]]:
    for each in cls.__subclasses__():
        if each.__module__.startswith("mistral_conversations"):
            if not each.__name__.startswith("Draft"):
                yield each
            yield from models(each)


def test_every_model_has_a_compiled_hook() -> None:
    for name in mistral_conversations.__all__:
        getattr(mistral_conversations, name)
    found: list[Any] = list(models(Model))
    assert len(found) > 60
    for cls in found:
        assert callable(structure_hook(cls))
