"""`kubectl set image`: other images for containers, by name or `*` for all of them."""

from collections.abc import Callable, Mapping

from reconcile.kubectl.failures import Failure, Refused
from reconcile.kubectl.label import split
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.setting.pod_specs import Edited, How, Setting, change_containers, chosen, named_like, set_in
from reconcile.model.json import FrozenMap, put


def set_image(session: Session, choice: Choice, *, how: How = How()) -> Session:  # noqa: B008 - a frozen value
    """Set images: the words of *choice* are objects, and then `container=image`."""
    words, changes = split(choice.words, "image")
    if changes.remove:
        raise Refused(f"invalid image pairs: {', '.join(f'{name}-' for name in changes.remove)}")
    found = chosen(session, named_like(choice, words), how)
    if not changes.set:
        raise Refused("at least one image update is required")
    if "*" in changes.set and len(changes.set) > 1:
        raise Refused(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs"
        )
    setting = Setting(
        "image updated",
        "failed to patch image update to pod template:",
        lambda _, spec: _edit(spec, changes.set),
    )
    return set_in(session, found, setting, how)


def _edit(spec: FrozenMap, images: Mapping[str, str]) -> Edited:
    failures: list[Failure] = []
    for name, image in images.items():
        spec, count = change_containers(spec, _called(name), _imaged(image))
        if not count:
            failures.append(Failure(f'error: unable to find container named "{name}"'))
    return Edited(spec, tuple(failures))


def _called(name: str) -> Callable[[str], bool]:
    return lambda other: name in ("*", other)


def _imaged(image: str) -> Callable[[FrozenMap], FrozenMap]:
    return lambda container: put(container, ("image",), image)
