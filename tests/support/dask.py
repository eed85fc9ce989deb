"""Dask, without what its import does to the errors of all other tests."""

import copyreg

import pytest

pytest.importorskip("distributed")

from distributed import Client, LocalCluster
from tblib.pickling_support import (  # type: ignore[import-untyped]
    pickle_exception,
)

__all__ = ["Client", "LocalCluster", "pickle_exception"]

# `distributed` lets tblib pickle exceptions with their causes, and those of aiohttp do
# not pickle. The workers are processes of their own, and stay as they are.
for kind, reducer in [*copyreg.dispatch_table.items()]:
    if reducer is pickle_exception:
        del copyreg.dispatch_table[kind]
