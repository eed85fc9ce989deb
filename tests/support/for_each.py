"""Many cases in one test, for checks that cost less than pytest spends on a test."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import attrs
import pytest

__all__ = ["for_each"]

Case: TypeAlias = dict[str, Any]
Test: TypeAlias = Callable[..., Any]

LONGEST = 1_000
"""The characters that are shown of a case."""


def for_each(
    names: str | Sequence[str], cases: Iterable[Any]
) -> Callable[[Test], Test]:
    """Run a test for every case, and report all that fail, each with its case.

    It takes what `pytest.mark.parametrize` takes, and stacks as that does. The cases
    share the fixtures of one test, so a check must leave nothing behind.

    Args:
        names: the parameters, as a sequence or with commas between them.
        cases: their values, a sequence for each case unless there is one parameter.
    """
    keys = names.replace(" ", "").split(",") if isinstance(names, str) else list(names)
    alone = isinstance(names, str) and len(keys) == 1
    given: list[Case] = [
        dict(zip(keys, [case] if alone else case, strict=True)) for case in cases
    ]
    assert given, f"there is no case for {names}"

    def decorate(test: Test) -> Test:
        signature = inspect.signature(test)
        rest = [at for name, at in signature.parameters.items() if name not in keys]
        asynchronous = inspect.iscoroutinefunction(test)
        run = _in_a_loop(test, given) if asynchronous else _in_turn(test, given)
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(run, name, getattr(test, name))
        vars(run).update(vars(test), __signature__=signature.replace(parameters=rest))
        return run

    return decorate


def _in_turn(test: Test, cases: list[Case]) -> Test:
    def run(**fixtures: Any) -> None:
        failures: list[BaseException] = []
        for case in cases:
            with _Failure(case, failures):
                test(**fixtures, **case)
        _report(failures)

    return run


def _in_a_loop(test: Test, cases: list[Case]) -> Test:
    async def run(**fixtures: Any) -> None:
        failures: list[BaseException] = []
        for case in cases:
            with _Failure(case, failures):
                await test(**fixtures, **case)
        _report(failures)

    return run


@attrs.frozen
class _Failure:
    """Adds the failure of a case to the others, with the case as a note."""

    case: Case
    failures: list[BaseException]

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, (Exception, pytest.fail.Exception)):
            return False
        error.add_note(f"in the case {_shortened(repr(self.case))}")
        self.failures.append(error)
        return True


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)})"


def _report(failures: list[BaseException]) -> None:
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise BaseExceptionGroup(f"{len(failures)} cases fail", failures)
