"""What may catch a mutant: the recorded vectors on one side, properties and laws on the other.

Each suite is a command line of pytest, by kind. The vectors know what kube-controller-manager did; the properties know
nothing but what must be true. Tests of single rules are in neither: they were written with the code before one's eyes.
"""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

KINDS: Final = ("replicaset", "deployment", "statefulset", "daemonset", "job", "cronjob")

_RECORDED: Final = {
    "deployment": ("tests/model/test_rollout_math.py", "tests/model/test_template_hash.py"),
    "job": ("tests/model/test_backoff.py", "tests/model/test_indexes.py", "tests/controllers/test_job_orphan.py"),
    "cronjob": ("tests/model/test_schedule.py",),
    "statefulset": ("tests/model/test_revision_data.py",),
}
"""Tables of recorded calls beside the vectors and stories of a kind."""

_SHARED_PROPERTIES: Final = ("tests/testing/test_laws_builtin.py", "tests/testing/test_machine.py")


def vectors(kind: str) -> list[str]:
    """Return the arguments that run the recorded vectors, tables and stories of *kind*."""
    files = (f"tests/controllers/test_{kind}.py", *_RECORDED.get(kind, ()))
    story = f"tests/testing/test_story.py::test_recorded_stories_agree[{kind}]"
    stories = [story] if kind != "cronjob" else []
    return ["-k", "record or recording", *files, *stories]


def properties(kind: str) -> list[str]:
    """Return the arguments that run the properties of *kind*, and those of all kinds."""
    own = [f"tests/controllers/test_{kind}_properties.py"]
    return [name for name in (*own, *_SHARED_PROPERTIES) if (ROOT / name).exists()]


SUITES: Final = {"vectors": vectors, "properties": properties}
