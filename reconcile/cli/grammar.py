"""kubectl's grammar of flags, in front of click's.

Rules
1. A flag may stand anywhere, before the verb too; `--` ends the flags.
2. `--name value` and `--name=value`, `-n value`, `-nvalue` and `-n=value`; several short switches may share a dash.
3. A switch takes its value only after an equals sign: `--record`, `--record=true`, never `--record true`.
4. Verbs have one word or two (`rollout status`); the longest that fits is meant. The first of two words alone is its
   `list`, if there is one.

What comes out is the same command in one form only: flags by their long names with `=`, then `--`, then the words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from reconcile.kubectl.failures import Refused
from reconcile.model.clock import duration

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:  # older versions of click have no type argument here
    _ParamType = click.ParamType


class Value(_ParamType):
    """A value that is read by a function which raises ValueError."""

    def __init__(self, name: str, reader: Callable[[str], Any]) -> None:
        self.name = name
        self._reader = reader

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return *value* read; refuse it in kubectl's words."""
        if not isinstance(value, str):
            return value
        try:
            return self._reader(value)
        except ValueError as error:
            shown = param.shown if isinstance(param, Flag) else str(param)
            raise Refused(f'invalid argument "{value}" for "{shown}" flag: {error}') from None


_TRUTH = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}


def _switch(text: str) -> bool:
    if text.lower() not in _TRUTH:
        raise ValueError("expected true or false")
    return _TRUTH[text.lower()]


def _integer(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError("expected a whole number") from None
    if abs(number) >= 2**31:
        raise ValueError("the number is out of range")
    return number


SWITCH = Value("true|false", _switch)
INTEGER = Value("number", _integer)
DURATION = Value("duration", duration)
TEXT = Value("text", str)


class Flag(click.Option):
    """An option whose value may be left out: then it is *bare*."""

    def __init__(  # noqa: PLR0913 - what a flag is, all of it by keyword
        self,
        name: str,
        *,
        short: str = "",
        type: Value = TEXT,  # noqa: A002 - click's word
        default: Any = "",
        bare: str | None = None,
        several: bool = False,
        help: str = "",  # noqa: A002 - click's word
        to: str = "",
        hidden: bool = False,
    ) -> None:
        names = [f"--{name}", *([f"-{short}"] if short else []), to or name.replace("-", "_")]
        start = () if several else default
        super().__init__(names, type=type, default=start, multiple=several, help=help, hidden=hidden)
        self.long = name
        self.short = short
        self.bare = bare

    @property
    def shown(self) -> str:
        """The flag as errors name it."""
        return f"-{self.short}, --{self.long}" if self.short else f"--{self.long}"


def switch(name: str, *, short: str = "", default: bool = False, help: str = "", to: str = "") -> Flag:  # noqa: A002
    """Return a flag that is on or off."""
    return Flag(name, short=short, type=SWITCH, default=default, bare="true", help=help, to=to)


@frozen
class Parsed:
    """A command taken apart."""

    words: tuple[str, ...]
    flags: tuple[tuple[str, str], ...]
    """Long names and values, in the order given."""
    dash: int = -1
    """How many of the words stand before `--`; -1 if there is none."""

    @property
    def args(self) -> list[str]:
        """The command in the one form that click is given."""
        return [*(f"--{name}={value}" for name, value in self.flags), "--", *self.words]

    @property
    def recorded(self) -> tuple[str, ...]:
        """The command as `--record` writes it down."""
        return (*self.words, *(f"--{name}={value}" for name, value in self.flags))


class _Reader:
    """Takes the words of one command apart."""

    def __init__(self, args: Sequence[str], flags: Iterable[Flag]) -> None:
        self.left = list(args)
        self.long: Mapping[str, Flag] = {flag.long: flag for flag in flags}
        self.short: Mapping[str, Flag] = {flag.short: flag for flag in self.long.values() if flag.short}
        self.words: list[str] = []
        self.found: list[tuple[str, str]] = []
        self.dash = -1

    def read(self) -> Parsed:
        while self.left:
            word = self.left.pop(0)
            if word == "--":
                self.dash = len(self.words)
                self.words += self.left
                break
            self.word(word)
        return Parsed(tuple(self.words), tuple(self.found), self.dash)

    def word(self, word: str) -> None:
        if word.startswith("--"):
            self.long_flag(word)
        elif word.startswith("-") and word != "-":
            self.short_flags(word)
        else:
            self.words.append(word)

    def long_flag(self, word: str) -> None:
        name, equals, value = word[2:].partition("=")
        flag = self.long.get(name)
        if flag is None:
            raise Refused(f"unknown flag: --{name}")
        self.take(flag, value if equals else None, f"--{name}")

    def short_flags(self, word: str) -> None:
        rest = word[1:]
        while rest:
            letter, rest = rest[0], rest[1:]
            flag = self.short.get(letter)
            if flag is None:
                raise Refused(f"unknown shorthand flag: '{letter}' in {word}")
            if flag.bare is not None and not rest.startswith("="):
                self.take(flag, None, f"'{letter}' in {word}")
                continue
            self.take(flag, rest.removeprefix("=") if rest else None, f"'{letter}' in {word}")
            return

    def take(self, flag: Flag, value: str | None, shown: str) -> None:
        if value is None and flag.bare is not None:
            value = flag.bare
        if value is None:
            if not self.left:
                raise Refused(f"flag needs an argument: {shown}")
            value = self.left.pop(0)
        self.found.append((flag.long, value))


def parse(args: Sequence[str], flags: Iterable[Flag]) -> Parsed:
    """Return *args* taken apart; raise Refused for a flag that is not among *flags*, or lacks its value.

    >>> parse(["rs", "-nx", "--all", "a"], [Flag("namespace", short="n"), switch("all")]).args
    ['--namespace=x', '--all=true', '--', 'rs', 'a']
    """
    return _Reader(args, flags).read()


def find_verb(args: Sequence[str], names: Iterable[str], flags: Iterable[Flag]) -> tuple[str, list[str]]:
    """Return the verb that *args* begin with, and the rest; *flags* may stand before it. No verb is "".

    >>> find_verb(["-n", "x", "rollout", "status", "deploy/a"], ["rollout status"], [Flag("namespace", short="n")])
    ('rollout status', ['-n', 'x', 'deploy/a'])
    >>> find_verb(["nodes"], ["nodes list", "nodes add"], [])
    ('nodes list', [])
    """
    known = list(names)
    before, words, rest = _leading(list(args), list(flags))
    if not words:
        return "", before
    for size in (2, 1):
        name = " ".join(words[:size])
        if len(words) >= size and name in known:
            return name, [*before, *words[size:], *rest]
    groups = sorted({name.split()[0] for name in known})
    if len(words) == 1 and f"{words[0]} list" in known:  # the verbs of a thing are asked about the thing
        return f"{words[0]} list", [*before, *rest]
    if words[0] in groups:
        inner = ", ".join(name.split()[1] for name in known if name.startswith(f"{words[0]} "))
        raise Refused(f"\"{words[0]}\" needs one of {inner}; see 'reconcile {words[0]} --help'")
    close = get_close_matches(words[0], groups, n=1)
    raise Refused(f'unknown command "{words[0]}" for "reconcile"' + (f'; did you mean "{close[0]}"?' if close else ""))


def group_asked(args: Sequence[str], names: Iterable[str]) -> str:
    """Return the group of verbs that *args* ask help about, as in `rollout --help`; else "".

    >>> group_asked(["rollout", "-h"], ["rollout status"]), group_asked(["rollout", "status", "-h"], ["rollout status"])
    ('rollout', '')
    """
    known = set(names)
    words = [arg for arg in args if not arg.startswith("-")]
    grouped = len(words) == 1 and words[0] not in known and any(name.startswith(f"{words[0]} ") for name in known)
    return words[0] if grouped and {"-h", "--help"} & set(args) else ""


def _leading(args: list[str], flags: Sequence[Flag]) -> tuple[list[str], list[str], list[str]]:
    """Return the flags before the second word, the first two words, and what follows."""
    valued = {form for flag in flags if flag.bare is None for form in (f"--{flag.long}", f"-{flag.short}")}
    before: list[str] = []
    words: list[str] = []
    while args and len(words) < 2:
        word = args[0]
        if not word.startswith("-") or word == "-":
            words.append(args.pop(0))
        elif word in valued:
            before += args[:2]
            args = args[2:]
        elif not words or any(word.startswith((f"--{f.long}=", f"-{f.short}")) for f in flags if f.short):
            before.append(args.pop(0))
        else:
            break
    return before, words, args
