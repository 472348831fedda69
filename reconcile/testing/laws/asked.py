"""What the user asked for, looked at before anything is tried: each mistake is one sentence."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from hypothesis.strategies import SearchStrategy

from reconcile.controller import Controller
from reconcile.model.resource import Resource
from reconcile.testing.laws.lived import LIVED_LAWS, Life, read_life
from reconcile.testing.scenes import Scene, read_scene
from reconcile.yaml_json import read_documents

_LOOK: Final = "e.g. Controller('widgets', 'Widget', reconcile)"


def expect_controller(controller: Any) -> None:
    """Raise TypeError if *controller* is none, ValueError if laws are not said of one like it."""
    if not isinstance(controller, Controller):
        raise TypeError(f"expected a controller, {_LOOK}, got {controller!r}")
    if controller.kind == "*":
        raise ValueError(f"{controller.name} looks after all kinds; laws are said of a controller of one kind")


def expect_options(desired: Any, observed: Any, touches: Any, waive: Any, max_examples: Any) -> None:
    """Raise TypeError or ValueError if what `check` was given besides the controller is not of its sort."""
    for name, value, also in (("desired", desired, False), ("observed", observed, True)):
        if not (value is None or isinstance(value, SearchStrategy) or (also and callable(value))):
            raise TypeError(f"{name}: expected a Hypothesis strategy, e.g. just(...), got {value!r}")
    if touches is not None and not callable(touches):
        raise TypeError(f"touches: expected a function of the object and another one, got {touches!r}")
    if waive is not None and not isinstance(waive, Mapping):
        raise TypeError(f"waive: expected the reason for each law, e.g. {{'stale': 'it is slow'}}, got {waive!r}")
    if max_examples is not None and (not isinstance(max_examples, int) or max_examples < 1):
        raise ValueError(f"max_examples: expected a number from 1, got {max_examples!r}")


def of_kind(controller: Controller, desired: SearchStrategy[Any] | None) -> SearchStrategy[Any] | None:
    """Return *desired*; what it draws raises ValueError if the controller does not look after it.

    Else all laws would be kept: nobody would ever look at such an object.
    """

    def seen(drawn: Any) -> Any:
        kind = drawn.kind if isinstance(drawn, Resource) else drawn.get("kind")
        if kind != controller.kind:
            raise ValueError(f"desired: {controller.name} looks after the kind {controller.kind!r}, got {kind!r}")
        return drawn

    return None if desired is None else desired.map(seen)


def expect_law(law: str, laws: Collection[str]) -> None:
    """Raise ValueError if there is no such *law*."""
    if law not in laws:
        raise ValueError(f"unknown law {law!r}; expected one of {', '.join(laws)}")


def read_case(law: str, state: str) -> Scene | Life:
    """Return what *law* is tried on. Raises ValueError if *state* is for laws of another sort."""
    key = "moves" if law in LIVED_LAWS else "parent"
    documents = read_documents(state)
    if len(documents) != 1 or not isinstance(documents[0], Mapping) or key not in documents[0]:
        raise ValueError(f"the law {law!r} is tried on one YAML object with {key!r}, as its report shows it")
    return read_life(state) if law in LIVED_LAWS else read_scene(state)
