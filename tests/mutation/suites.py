"""What may catch a mutant: the recorded vectors on one side, properties and laws on the other.

Each suite is a command line of pytest, by kind. The vectors know what kube-controller-manager did; the properties know
nothing but what must be true. Tests of single rules are in neither: they were written with the code before one's eyes.
"""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

RESULTS: Final = Path(__file__).with_name("results.jsonl")
"""What the run that the page is about has found, a line for what a suite says of a mutant."""

CLASSES: Final = {
    "replicaset": "ReplicaSet",
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "job": "Job",
    "cronjob": "CronJob",
}
"""How the tests of a kind are called."""

KINDS: Final = tuple(CLASSES)

_RECORDED: Final = {
    "deployment": ("tests/model/test_rollout_math.py", "tests/model/test_template_hash.py"),
    "job": ("tests/model/test_backoff.py", "tests/model/test_indexes.py", "tests/controllers/test_job_orphan.py"),
    "cronjob": ("tests/model/test_schedule.py",),
    "statefulset": ("tests/model/test_revision_data.py",),
}
"""Tables of recorded calls beside the vectors and stories of a kind."""

_LAWS: Final = "tests/testing/laws/test_builtin_laws.py"
_MACHINE: Final = "tests/testing/test_machine.py"
_MACHINES: Final = ("replicaset", "deployment", "statefulset")
"""The kinds that have a machine of their own."""
_SCENES: Final = "tests/controllers/test_scene_properties.py"
_SCENE_TESTS: Final = (
    "test_one_sync_of_anything_keeps_every_promise",
    "test_a_refused_pod_fails_the_sync",
    "test_what_was_refused_is_told",
    "test_who_has_written_waits_until_it_sees_it",
)
_OF_SOME: Final = {
    "test_a_refused_pod_fails_the_sync": ("replicaset", "statefulset", "daemonset"),
    "test_who_has_written_waits_until_it_sees_it": ("replicaset", "statefulset", "daemonset", "job"),
}
"""Those of them that are said of some kinds only."""
_RULES: Final = {kind: (f"tests/controllers/test_{kind}_rules.py",) for kind in ("daemonset", "job", "cronjob")}
"""Properties of one sync that have a file of their own beside those of whole lives."""


def vectors(kind: str) -> list[str]:
    """Return the arguments that run the recorded vectors, tables and stories of *kind*."""
    story = f"tests/testing/test_story.py::test_recorded_stories_agree[{kind}]"
    stories = [story] if kind != "cronjob" else []
    sample = f"tests/mutation/sample.py::test_some_recorded_syncs[{kind}]"
    files = (*stories, sample, f"tests/controllers/test_{kind}.py", *_RECORDED.get(kind, ()))
    return ["-k", "record or recording", *files]


def properties(kind: str) -> list[str]:
    """Return the arguments that run the laws, the machines and the properties of *kind*, the quickest first.

    Not the law about hash seeds: it starts processes of its own, in which there is no mutant.
    """
    named = CLASSES[kind]
    laws = f"{_LAWS}::Test{named}"
    machine = f"{_MACHINE}::Test{named}s" if kind in _MACHINES else f"{_MACHINE}::TestEverything"
    scenes = [f"{_SCENES}::{test}[{named}]" for test in _SCENE_TESTS if kind in _OF_SOME.get(test, KINDS)]
    own = f"tests/controllers/test_{kind}_properties.py"
    return [f"--deselect={laws}::test_hash_seed_blind", *_RULES.get(kind, ()), *scenes, laws, own, machine]


SUITES: Final = {"vectors": vectors, "properties": properties}

SECONDS: Final = {"vectors": 25, "properties": 60}
"""How long each may work on a mutant before it is said to have noticed: several times what the real code needs."""
