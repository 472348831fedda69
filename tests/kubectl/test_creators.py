"""Objects from a few flags: what the scenarios do not show."""

import pytest
from attrs import evolve

from reconcile.cluster import Cluster
from reconcile.kubectl import creators
from reconcile.kubectl.creators import made
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Session
from reconcile.patch.three_way import LAST_APPLIED


def test_a_namespace_of_the_users_choice() -> None:
    """The namespace is made, and what is made in it says so in itself."""
    session = made(Session(Cluster.new(nodes=0)), creators.namespace("team"))
    inside = evolve(session, namespace="team", enforced=True)
    after = made(inside, creators.job("once", image="app"), save_config=True)
    job = after.cluster.get("job", "once", "team")

    assert ["namespace/team created\n", "job.batch/once created\n"] == [piece.text for piece in after.pieces]
    assert '"namespace":"team"' in job.meta.annotations[LAST_APPLIED]


def test_a_namespace_that_is_not_there() -> None:
    """Nothing is made in it."""
    session = evolve(Session(Cluster.new(nodes=0)), namespace="team", enforced=True)
    after = made(session, creators.job("once", image="app"))

    assert ['error: failed to create job: namespaces "team" not found\n'] == [piece.text for piece in after.pieces]


def test_several_images() -> None:
    """Each image is a container; a name that cannot be one is completed; a command fits one image only."""
    session = Session(Cluster.new(nodes=0, seed=3))
    body = creators.deployment(session, "web", images=["nginx:1.25", "my.app"], port=80, replicas=2)
    first, second = body["spec"]["template"]["spec"]["containers"]

    assert {"name": "nginx", "image": "nginx:1.25", "ports": [{"containerPort": 80}]} == first
    assert second["name"].startswith("my-app-")
    assert body == creators.deployment(session, "web", images=["nginx:1.25", "my.app"], port=80, replicas=2)
    with pytest.raises(Refused, match="cannot specify multiple --image options and command"):
        creators.deployment(session, "web", images=["a", "b"], command=["sh"])


def test_labels_and_annotations_of_a_cron_job_go_to_its_job() -> None:
    """The template's metadata is the Job's; that it was made by hand is noted."""
    hourly = creators.cron_job("hourly", image="app", schedule="0 * * * *", command=["date"])
    template = {"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}}
    cluster = Cluster.new(nodes=0).create(hourly).patch("cj", "hourly", {"spec": {"jobTemplate": template}})
    job = creators.job_from(Session(cluster), "now", "cj/hourly")

    assert {"a": "b"} == job["metadata"]["labels"]
    assert {"c": "d", creators.INSTANTIATE: "manual"} == job["metadata"]["annotations"]
    assert ["date"] == job["spec"]["template"]["spec"]["containers"][0]["command"]
