"""What a pod as a whole asks of its node."""

from typing import Any

import pytest

from reconcile.model.json import freeze
from reconcile.model.requests import Amount, of_pod, of_spec


def container(cpu: str, **more: Any) -> dict[str, Any]:
    return {"resources": {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}}, **more}


SIDECAR = {"restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("inits", "cpu"),
    [
        ([], "300m"),
        ([container("200m")], "300m"),
        ([container("1")], "1"),
        ([container("1", **SIDECAR)], "1300m"),
        ([container("1"), container("1", **SIDECAR)], "1300m"),
        ([container("1", **SIDECAR), container("1")], "2"),
        ([container("1", **SIDECAR), container("1", **SIDECAR), container("200m")], "2300m"),
        ([container("1", **SIDECAR), container("1", **SIDECAR), container("400m")], "2400m"),
    ],
)
def test_init_containers(inits: list[dict[str, Any]], cpu: str) -> None:
    """An init container counts if it needs more than what runs later, together with the sidecars before it."""
    spec = {"containers": [container("100m"), container("200m")], "initContainers": inits}

    assert [cpu, cpu] == [str(of_spec(spec, side)["cpu"]) for side in ("requests", "limits")]


def test_the_pod_goes_before_its_containers() -> None:
    """What is said for the pod as a whole is what it asks for, of what can be said for it."""
    own = {"requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "9Gi"}}
    spec = freeze({"containers": [container("100m")], "resources": own})

    assert Amount(1, 1000, 2**30) == of_pod(spec)
    assert {"cpu", "memory"} == of_spec(spec).keys()


def test_overhead_comes_on_top() -> None:
    """Running a pod costs something, which its requests grow by; a limit grows by it only if there is one."""
    spec = freeze({"containers": [container("100m")], "overhead": {"cpu": "50m", "memory": "1Mi"}})

    assert Amount(1, 150, 2**20) == of_pod(spec)
    assert {"cpu": "150m"} == {name: str(amount) for name, amount in of_spec(spec, "limits").items()}


def test_null_is_nothing() -> None:
    """A pod that says nothing asks for itself only."""
    spec = freeze({"containers": [{"resources": {"requests": None}}, {"resources": None}], "initContainers": None})

    assert Amount(1, 0, 0) == of_pod(spec)
