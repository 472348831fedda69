"""The façade of `reconcile.testing`: which names are public, and what importing them costs."""

import subprocess
import sys

import pytest

from reconcile import testing

PUBLIC = [
    "Broken",
    "ClusterMachine",
    "History",
    "Move",
    "Scene",
    "Stage",
    "explore",
    "faults",
    "goals",
    "invariants",
    "laws",
    "play",
    "replay",
    "strategies",
]


def test_public_names() -> None:
    """A name is added here when it is made public, and every public name can be imported."""
    assert PUBLIC == sorted(testing.__all__)
    for name in PUBLIC:
        assert getattr(testing, name) is not None
    assert set(PUBLIC) <= set(dir(testing))


def test_unknown_names_are_attribute_errors() -> None:
    """A mistake is told as for any module."""
    with pytest.raises(AttributeError, match=r"module 'reconcile\.testing' has no attribute 'Manager'"):
        _ = testing.Manager


def test_exploring_is_light() -> None:
    """An exploration needs no Hypothesis, and nothing of the command line; the package alone needs neither of them."""
    code = (
        "import sys; from reconcile.testing import explore;"
        "explore.Scope, explore.explore, explore.tell, explore.wander;"
        "print([name for name in ('hypothesis', 'filelock', 'platformdirs', 'reconcile.cli') if name in sys.modules]);"
        "print('reconcile.testing.laws' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ["[]", "False"] == done.stdout.split("\n")[:2]
