"""Markdown pages as scenarios."""

import os
from pathlib import Path

import pytest

from reconcile.cli.main import main
from reconcile.cli.markdown import read_page
from reconcile.cli.scenario import written
from reconcile.kubectl.failures import Refused

PAGE = """\
# A page

<!-- options: --nodes 1 -->
<!-- file: manifests/team.yaml -->
```yaml
apiVersion: v1
kind: Namespace
metadata: {name: team}
```

~~~sh
$ rm -rf /
~~~

```console
$ kubectl apply -f manifests/team.yaml
wrong

# A comment.
$ kubectl get nodes -o name
```

    ```console
    $ this is no fence

````markdown
```console
$ kubectl get nothing
```
````
"""
PLAYED = PAGE.replace("wrong", "namespace/team created").replace("-o name\n", "-o name\nnode/node-0\n")


def test_a_page_stays_a_page() -> None:
    """It is written as it was read; what it shows as a file is one."""
    page = read_page(PAGE)

    assert PAGE == written(page.steps)
    assert ("--nodes", "1") == page.options
    assert {"manifests/team.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n"} == page.files
    assert ["kubectl apply -f manifests/team.yaml", "kubectl get nodes -o name"] == [
        step.text for step in page.steps if step.is_command
    ]
    assert "" == written(read_page("").steps)


def test_playing_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its sessions are played on one cluster, and it can be checked and rewritten."""
    path = tmp_path / "page.md"
    path.write_text(PAGE)

    assert 1 == main(["play", "--check", os.fspath(path)])
    assert "-wrong\n+namespace/team created\n" in capsys.readouterr().out
    assert 0 == main(["play", "--rewrite", os.fspath(path)])
    assert PLAYED == path.read_text()
    assert 0 == main(["play", "--check", os.fspath(path)])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("```console\n$ kubectl get pod\n", "line 1: this fence is not closed"),
        ("# a\n\n```console\nNo resources\n```\n", "line 4: expected `$ command` or `# comment`"),
        ("```console\n$ ls\n```\n", "line 2: expected kubectl or reconcile"),
        ("<!-- file: ../a.yaml -->\n```yaml\n```\n", "a file of a scenario cannot be called '../a.yaml'"),
        ("<!-- file: /a.yaml -->\n```yaml\n```\n", "a file of a scenario cannot be called '/a.yaml'"),
    ],
)
def test_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, why: str) -> None:
    """A page that cannot be played is told with the line; no file is written outside."""
    (tmp_path / "page.md").write_text(text)

    assert 1 == main(["play", os.fspath(tmp_path / "page.md")])
    told = capsys.readouterr().err
    assert why in told
    assert 1 == told.count("\n")


def test_sessions_are_scenarios() -> None:
    """What is wrong in a session is found when it is read."""
    with pytest.raises(Refused, match="line 2"):
        read_page("```console\nstray\n```")
