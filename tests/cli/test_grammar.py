"""The grammar of flags is kubectl's."""

import pytest

from reconcile.cli.grammar import DURATION, INTEGER, Flag, find_verb, parse, switch
from reconcile.cli.verb import GLOBAL
from reconcile.cli.verbs import VERBS
from reconcile.kubectl.failures import Refused

FLAGS = (
    Flag("namespace", short="n"),
    Flag("output", short="o"),
    Flag("replicas", type=INTEGER),
    Flag("timeout", type=DURATION),
    Flag("filename", short="f", several=True),
    Flag("cascade", bare="background"),
    switch("all-namespaces", short="A"),
    switch("watch", short="w"),
    switch("record"),
)


@pytest.mark.parametrize(
    ("args", "words", "flags"),
    [
        ("rs --replicas 4 web", "rs web", "replicas=4"),
        ("rs --replicas=4 web", "rs web", "replicas=4"),
        ("--replicas=-1 rs", "rs", "replicas=-1"),
        ("pod -nfoo", "pod", "namespace=foo"),
        ("pod -n=foo", "pod", "namespace=foo"),
        ("pod -n foo", "pod", "namespace=foo"),
        ("-oyaml pod x", "pod x", "output=yaml"),
        ("-Aw pod", "pod", "all-namespaces=true watch=true"),
        ("-Awn foo pod", "pod", "all-namespaces=true watch=true namespace=foo"),
        ("-A=false pod", "pod", "all-namespaces=false"),
        ("--record -f a.yaml", "", "record=true filename=a.yaml"),
        ("--record pod", "pod", "record=true"),
        ("--record=false pod", "pod", "record=false"),
        ("--cascade pod x", "pod x", "cascade=background"),
        ("--cascade=orphan pod x", "pod x", "cascade=orphan"),
        ("-f - -f b", "", "filename=- filename=b"),
        ("pod -- -x --y", "pod -x --y", ""),
        ("pod --output=a=b", "pod", "output=a=b"),
    ],
)
def test_flags(args: str, words: str, flags: str) -> None:
    """A flag stands anywhere; a switch never takes the next word."""
    parsed = parse(args.split(), FLAGS)

    assert words.split() == list(parsed.words)
    assert flags == " ".join(f"{name}={value}" for name, value in parsed.flags)


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ("--nope", "unknown flag: --nope"),
        ("--nope=3", "unknown flag: --nope"),
        ("-x", "unknown shorthand flag: 'x' in -x"),
        ("-Ax", "unknown shorthand flag: 'x' in -Ax"),
        ("--replicas", "flag needs an argument: --replicas"),
        ("pod -n", "flag needs an argument: 'n' in -n"),
    ],
)
def test_what_is_wrong(args: str, why: str) -> None:
    """A flag that is unknown, or lacks its value, is told as kubectl tells it."""
    with pytest.raises(Refused) as refused:
        parse(args.split(), FLAGS)

    assert why == str(refused.value)


@pytest.mark.parametrize(
    ("args", "name", "rest"),
    [
        ("get pods", "get", "pods"),
        ("-n foo get pods", "get", "-n foo pods"),
        ("-nfoo get -o wide pods", "get", "-nfoo -o wide pods"),
        ("--namespace=foo get", "get", "--namespace=foo"),
        ("nodes add x", "nodes add", "x"),
        ("nodes -n foo add x", "nodes add", "-n foo x"),
        ("create -f x", "create", "-f x"),
        ("nodes", "nodes list", ""),
        ("-n x nodes", "nodes list", "-n x"),
        ("", "", ""),
        ("-h", "", "-h"),
        ("get -h", "get", "-h"),
    ],
)
def test_verbs(args: str, name: str, rest: str) -> None:
    """A verb is one word or two, and global flags may stand before it."""

    assert (name, rest.split()) == find_verb(args.split(), VERBS, GLOBAL)


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ("gte pods", 'unknown command "gte" for "reconcile"; did you mean "get"?'),
        ("frobnicate", 'unknown command "frobnicate" for "reconcile"'),
        ("nodes dwon", '"nodes" needs one of list, add, remove, label, down, up, cordon, uncordon, drain, taint; '),
    ],
)
def test_unknown_verbs(args: str, why: str) -> None:
    """A verb that is not there is told, with one that is near."""
    with pytest.raises(Refused) as refused:
        find_verb(args.split(), VERBS, GLOBAL)

    assert str(refused.value).startswith(why)


def test_flags_do_not_clash() -> None:
    """No command has two flags of one name or letter."""
    for name, command in VERBS.items():
        long = [flag.long for flag in command.every_flag]
        short = [flag.short for flag in command.every_flag if flag.short]

        assert sorted(set(long)) == sorted(long), name
        assert sorted(set(short)) == sorted(short), name


def test_recorded_words() -> None:
    """`--record` writes words first, then flags in full as they were given."""
    parsed = parse(["deployment", "web", "main=nginx:2", "--record", "-nfoo"], FLAGS)

    assert ("deployment", "web", "main=nginx:2", "--record=true", "--namespace=foo") == parsed.recorded
