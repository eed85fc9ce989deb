"""Hooks of schemathesis: ids of real objects, and a count of the answers.

schemathesis loads this module, which the variable `SCHEMATHESIS_HOOKS` names.
"""

import atexit
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis

from tests.support.local.http_caller import Caller

from .objects import CHOICES, TALKS, Objects
from .settings import COUNTS, KEY, STREAM, URL

_EVERY = 5
"""One request of so many keeps the ids that were generated."""

_objects = Objects(Caller(os.environ[URL], KEY))
_stream = json.loads(os.environ[STREAM])
_asked: Counter[str] = Counter()
_answered: dict[str, Counter[int]] = {}


@schemathesis.hook  # type: ignore[untyped-decorator]
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Put ids of real objects into most requests, and `stream` into all."""
    label = case.operation.label
    if label in TALKS and isinstance(case.body, dict):
        case.body["stream"] = _stream
    _asked[label] += 1
    if _asked[label] % _EVERY == 0:
        return
    ids = _objects.ids(case.method, case.path)
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: ids[name] for name in part.keys() & ids.keys()})
    if label in CHOICES and isinstance(case.body, dict):
        case.body.update(CHOICES[label])


@schemathesis.hook  # type: ignore[untyped-decorator]
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Count an answer."""
    counts = _answered.setdefault(case.operation.label, Counter())
    counts[response.status_code] += 1


@atexit.register
def _write() -> None:
    Path(os.environ[COUNTS]).write_text(json.dumps(_answered))
