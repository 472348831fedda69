"""The types of the API as data: what a kind may have, and how patches of it are merged.

`reconcile/data/api-types.json` lists for each type its Go kind and, for a struct, its fields in the order of their
declaration: JSON name, type, whether it is left out when empty, and how a strategic merge patch treats it. Two read it:
`reconcile.admission.schema`, to decode, and `reconcile.patch.schema`, to merge.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def api_types() -> Mapping[str, Mapping[str, Any]]:
    """Return the types by name, e.g. `v1.PodSpec` or `[]v1.Container`.

    >>> api_types()["[]v1.Container"]["elem"]
    'v1.Container'
    """
    types: Mapping[str, Mapping[str, Any]]
    types = json.loads(files("reconcile").joinpath("data/api-types.json").read_text(encoding="utf-8"))
    return types
