"""Pod templates, and the images that decide how their pods fare."""

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from reconcile.testing.moves import CONTAINER
from reconcile.testing.strategies.labels import labels, optional

TAGS: Final = ("1", "2", "3", "bad", "slow", "crash", "flaky")
"""Tags of images. `1` always gets ready (`reconcile.testing.strategies.fates`); `bad` cannot be pulled."""
ENDS: Final = ("ok", "fail", "retry", "bad")
"""Tags of images whose containers end by themselves, for Jobs."""


def images(*, tags: tuple[str, ...] = TAGS) -> SearchStrategy[str]:
    """Return images `app:TAG`; they shrink to the first tag."""
    return st.sampled_from(tags).map(lambda tag: f"app:{tag}")


def pod_templates(
    *,
    tags: tuple[str, ...] = TAGS,
    label_sets: SearchStrategy[dict[str, str]] | None = None,
    restart_policies: tuple[str, ...] = (),
    max_grace: int = 30,
) -> SearchStrategy[dict[str, Any]]:
    """Return pod templates with one container.

    Args:
        tags: of the image.
        label_sets: of the pods.
        restart_policies: to draw one from; none leaves it to the API's default.
        max_grace: the longest terminationGracePeriodSeconds.
    """
    container = optional(
        {"name": st.just(CONTAINER), "image": images(tags=tags)},
        env=st.just([{"name": "MODE", "value": "test"}]),
    )
    spec = optional(
        {"containers": container.map(lambda one: [one])}
        | ({"restartPolicy": st.sampled_from(restart_policies)} if restart_policies else {}),
        terminationGracePeriodSeconds=st.sampled_from(sorted({0, min(1, max_grace), max_grace})),
    )
    meta = optional(
        {"labels": labels() if label_sets is None else label_sets},
        annotations=st.just({"example.com/note": "drawn"}),
    )
    return st.fixed_dictionaries({"metadata": meta, "spec": spec})
