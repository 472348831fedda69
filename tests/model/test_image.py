"""When an image is pulled."""

import pytest

from reconcile.model.image import default_pull_policy

DIGEST = "sha256:9ae97d36d26566ff84e8893c64a6dc4fe8ca6d1144bf5b87b2b85a32def253c7"


@pytest.mark.parametrize(
    "image", ["nginx", "nginx:latest", "host:5000/app", "a/b/c", f"nginx:latest@{DIGEST}", "Host.io/a", "localhost/a"]
)
def test_what_may_change_is_always_pulled(image: str) -> None:
    """The tag latest, and neither tag nor digest, name whatever is newest; a port is no tag."""
    assert "Always" == default_pull_policy(image)


@pytest.mark.parametrize(
    "image",
    ["nginx:1", f"nginx@{DIGEST}", "nginx:LATEST", "a:", "a:b:c", "x@latest", "http://x", "", "A", "a" * 256, "f" * 64],
)
def test_what_is_fixed_or_no_reference_is_pulled_once(image: str) -> None:
    """Other tags and digests stay; what does not parse has no tag that could be latest."""
    assert "IfNotPresent" == default_pull_policy(image)
