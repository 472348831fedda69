"""Conformance scenarios of the CronJob, re-expressed in virtual time; the titles are Kubernetes' own."""

from reconcile import Cluster, Resource
from tests.checked import checked, cronjob, deeds, names, status
from tests.conformance.api import delete_collection, listed

LONG = "app:runs"
"""An image whose containers run until they are deleted."""
STARTED = ["tick-29453761", "tick-29453762", "tick-29453763"]
"""The Jobs of the first three minutes; a cluster begins at minute 29453760."""


def cron(cluster: Cluster) -> Resource:
    return cluster.get("cj", "tick")


def active(cluster: Cluster) -> list[str]:
    return [entry["name"] for entry in cron(cluster).status.get("active") or ()]


def test_suspend() -> None:
    """[CronJob Suspend] A suspended one starts nothing, not even after five minutes; resumed, it does."""
    cluster = checked().apply(cronjob(suspend=True)).advance(300)
    assert [] == cluster.all("Job")
    assert [] == active(cluster)

    assert 1 == len(cluster.patch("cj", "tick", {"spec": {"suspend": False}}).settle().all("Job"))


def test_forbid() -> None:
    """[CronJob ForbidConcurrent] While a Job runs no other is started; when it is gone, one is."""
    cluster = checked().apply(cronjob(image=LONG, concurrencyPolicy="Forbid")).advance(200)
    assert STARTED[:1] == names(cluster.all("Job")) == active(cluster)

    after = cluster.delete("job", STARTED[0]).settle()
    assert STARTED[2:] == names(after.all("Job")) == active(after)


def test_replace() -> None:
    """[CronJob ReplaceConcurrent] A Job that still runs makes way for the next one."""
    first = checked().apply(cronjob(image=LONG, concurrencyPolicy="Replace")).advance(61)
    assert STARTED[:1] == names(first.all("Job"))

    second = first.advance(60)
    assert STARTED[1:2] == names(second.all("Job")) == active(second)
    assert [f"create Job/{name}" for name in STARTED[:2]] == deeds(second, "cronjob", "create Job")


def test_allow() -> None:
    """[CronJob AllowConcurrent] Jobs run beside each other, and the status lists all of them."""
    cluster = checked().apply(cronjob(image=LONG, concurrencyPolicy="Allow")).advance(125)

    assert STARTED[:2] == names(cluster.all("Job")) == active(cluster)
    assert [1, 1] == [item.status["active"] for item in cluster.all("Job")]


def test_api_operations() -> None:
    """[CronJob API Operations] Created, read, listed, patched, updated, its status too, and deleted."""
    cluster = checked().apply(cronjob(schedule="0 0 1 1 *"))
    assert "0 0 1 1 *" == cron(cluster).spec["schedule"]
    assert ["tick"] == names(listed(cluster, "CronJob", app="tick"))

    patched = cluster.patch("cj", "tick", {"metadata": {"annotations": {"patched": "true"}}})
    updated = patched.update(cron(patched).put(("metadata", "annotations", "updated"), "true"))
    assert {"patched": "true", "updated": "true"}.items() <= cron(updated).meta.annotations.items()

    told = status(updated, "CronJob", "tick", {"lastScheduleTime": "2026-01-01T00:00:00Z"})
    assert "2026-01-01T00:00:00Z" == cron(told).status["lastScheduleTime"]

    deleted = told.delete("cj", "tick").settle()
    assert [] == deleted.all("CronJob")
    many = deleted.apply([cronjob("a"), cronjob("b"), cronjob("c")])
    for name in ("a", "b", "c"):
        many = many.patch("cj", name, {"metadata": {"labels": {"special": "yes"}}})
    assert [] == delete_collection(many, "CronJob", special="yes").settle().all("CronJob")
