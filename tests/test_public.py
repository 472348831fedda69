"""The façade: which names are public, and what importing them costs."""

import subprocess
import sys

import reconcile

PUBLIC = [
    "Action",
    "ApiError",
    "Applied",
    "Behaviour",
    "CONTROLLERS",
    "Cluster",
    "Controller",
    "Create",
    "Delete",
    "Event",
    "ManifestError",
    "NotSettled",
    "Observed",
    "Outcome",
    "Patch",
    "Reason",
    "Rejected",
    "Remember",
    "Resource",
    "Selector",
    "Update",
    "UpdateStatus",
    "WakeAt",
    "Watch",
    "describe",
    "fifo",
    "load",
    "loads",
    "mapped",
    "next_activations",
    "owned",
    "pod_template_hash",
    "read",
    "render",
    "scripted",
    "shuffled",
    "sync",
]


def test_public_names() -> None:
    """A name is added here when it is made public, and every public name can be imported."""
    assert PUBLIC == sorted(reconcile.__all__)
    for name in PUBLIC:
        assert getattr(reconcile, name) is not None
    assert set(PUBLIC) <= set(dir(reconcile))


def test_names_that_modules_have_too() -> None:
    """`reconcile.sync` is the function, whoever has imported the module of that name before."""
    code = (
        "import reconcile.sync, reconcile.render, reconcile; print(reconcile.sync.__name__, reconcile.render.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "sync render" == done.stdout.strip()


def test_unknown_names_are_attribute_errors() -> None:
    """The lazy façade does not hide a mistake."""
    assert not hasattr(reconcile, "Manager")


def test_importing_the_package_is_light() -> None:
    """Neither the package nor a controller loads YAML, the command line, Hypothesis or croniter."""
    code = (
        "import sys, reconcile; reconcile.CONTROLLERS; reconcile.Cluster;"
        "heavy = ('yaml', 'click', 'hypothesis', 'croniter', 'filelock', 'platformdirs');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()
