"""Manifests of versions that no server serves any more."""

from attrs import evolve

from reconcile.cluster import Cluster
from reconcile.kubectl.apply import apply
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.session import Session

HELLO = {
    "kind": "CronJob",
    "metadata": {"name": "hello"},
    "spec": {
        "schedule": "*/1 * * * *",
        "jobTemplate": {
            "spec": {
                "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "hello", "image": "busybox"}]}}
            }
        },
    },
}
WARNING = "Warning: batch/v1beta1 CronJob is deprecated in v1.21+, unavailable in v1.25+; use batch/v1 CronJob\n"


def manifest(version: str) -> Manifest:
    return Manifest("hello.yaml", {"apiVersion": version, **HELLO})


def test_a_removed_version_is_taken_with_a_warning() -> None:
    """A CronJob of batch/v1beta1 becomes one of batch/v1, and the user is told which release removed it."""
    session = apply(Session(Cluster.new(nodes=0)), [manifest("batch/v1beta1")])
    first, second = session.pieces

    assert ("batch/v1", 0) == (session.cluster.get("cj", "hello").raw["apiVersion"], session.code)
    assert (WARNING, True) == (first.text, first.error)
    assert "cronjob.batch/hello created\n" == second.text


def test_the_version_of_today_gets_no_warning() -> None:
    """What is served needs no warning."""
    session = apply(Session(Cluster.new(nodes=0)), [manifest("batch/v1")])

    assert ["cronjob.batch/hello created\n"] == [piece.text for piece in session.pieces]


def test_strict_validation_refuses_a_removed_version() -> None:
    """Who asks for today's server gets its answer."""
    session = apply(evolve(Session(Cluster.new(nodes=0)), served_only=True), [manifest("batch/v1beta1")])

    assert 1 == session.code
    assert 'no matches for kind "CronJob" in version "batch/v1beta1"' in session.pieces[0].text


def test_a_version_that_never_was_is_refused() -> None:
    """Only what was once served is taken."""
    session = apply(Session(Cluster.new(nodes=0)), [manifest("batch/v2")])

    assert (1, None) == (session.code, session.cluster.find("cj", "hello"))


def test_what_is_no_object_ends_its_file() -> None:
    """What stands behind it in the file is not looked at; other files are."""
    session = apply(
        Session(Cluster.new(nodes=0)),
        [
            manifest("batch/v1"),
            Manifest("hello.yaml", {"kind": "Pod"}, "document 2"),
            manifest("batch/v2"),
            Manifest("more.yaml", 3),
        ],
    )
    first, second, third = "".join(piece.text for piece in session.pieces).splitlines()

    assert "cronjob.batch/hello created" == first
    assert second.startswith('error validating "hello.yaml": error validating data: document 2: apiVersion not set; ')
    assert third.startswith('error validating "more.yaml": error validating data: a manifest must be a map; ')


def test_an_unknown_kind_is_one_line() -> None:
    """Nothing can be installed that would make it known, so kubectl's advice to do so is left out."""
    widget = {"kind": "Widget\n", "apiVersion": "\x1b[31mv1", "metadata": {"name": "a\tb"}}
    session = apply(Session(Cluster.new(nodes=0)), [Manifest("widget.yaml", widget)])

    assert (
        r'error: resource mapping not found for name: "a\tb" namespace: "" from "widget.yaml": '
        r'no matches for kind "Widget\n" in version "\x1b[31mv1"' + "\n"
    ) == session.pieces[0].text


def test_many_mistakes_take_time_by_their_number() -> None:
    """Ten thousand objects that cannot be sent are told, each once."""
    widget = {"kind": "Widget", "apiVersion": "v1", "metadata": {"name": "a"}}
    session = apply(Session(Cluster.new(nodes=0)), [Manifest("many.yaml", widget)] * 10_000)

    assert 10_000 == session.pieces[0].text.count("\n")
