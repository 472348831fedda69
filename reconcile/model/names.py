"""The alphabets of names: labels, subdomains, qualified names, ports.

Rules
1. A rule is a function from a text to a tuple of what is wrong with it, in words; an empty tuple means it is fine. So
   a caller may count violations (a bad label key can break several rules at once) or only ask whether there are any.
2. Nothing here knows about kinds or fields: contract api 2.2 says which rule applies where.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

Rule = Callable[[str], tuple[str, ...]]
"""A text to what is wrong with it."""

FINE: Final[tuple[str, ...]] = ()

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_1035: Final = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_UNDERSCORED: Final = re.compile(r"[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?(\.[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?)*")
_QUALIFIED: Final = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_VALUE: Final = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_PORT: Final = re.compile(r"[-a-z0-9]+")
_ENV: Final = re.compile(r"[ -<>-~]+")
_CONFIG_KEY: Final = re.compile(r"[-._a-zA-Z0-9]+")


def _longer(text: str, limit: int) -> tuple[str, ...]:
    # Lengths are counted in bytes, as the server counts them.
    return (f"must be no more than {limit} bytes",) if len(text.encode("utf-8", "surrogatepass")) > limit else FINE


def dns_label(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from being a DNS label (RFC 1123).

    >>> dns_label("web-1"), len(dns_label("Web"))
    ((), 1)
    """
    form = (
        FINE
        if _LABEL.fullmatch(text)
        else ("must consist of lower case letters, digits and '-', with a letter or digit at both ends",)
    )
    return _longer(text, 63) + form


def dns_label_1035(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from being a DNS label that starts with a letter (RFC 1035).

    >>> dns_label_1035("web-1"), len(dns_label_1035("1-web"))
    ((), 1)
    """
    form = (
        FINE
        if _LABEL_1035.fullmatch(text)
        else ("must consist of lower case letters, digits and '-', and start with a letter",)
    )
    return _longer(text, 63) + form


def dns_subdomain(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from being a DNS subdomain: labels joined with dots.

    >>> dns_subdomain("a.b-c"), len(dns_subdomain("a..b"))
    ((), 1)
    """
    form = (
        FINE
        if _SUBDOMAIN.fullmatch(text)
        else ("must consist of lower case letters, digits, '-' and '.', each part with a letter or digit at both ends",)
    )
    return _longer(text, 253) + form


def dns_subdomain_underscored(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from being a DNS subdomain whose labels may hold underscores."""
    form = FINE if _UNDERSCORED.fullmatch(text) else ("must consist of lower case letters, digits, '-', '_' and '.'",)
    return _longer(text, 253) + form


@lru_cache(maxsize=4096)
def qualified_name(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from being `[prefix/]name`, the form of label keys.

    >>> qualified_name("example.com/role"), len(qualified_name("a/b/c")), len(qualified_name("/"))
    ((), 1, 3)
    """
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        return ("must have at most one '/'",)
    wrong: list[str] = []
    if slash:
        wrong += (
            ("prefix part must not be empty",)
            if not prefix
            else (f"prefix part {fault}" for fault in dns_subdomain(prefix))
        )
    if not name:
        wrong.append("name part must not be empty")
    wrong += (f"name part {fault}" for fault in _longer(name, 63))
    if not _QUALIFIED.fullmatch(name):
        wrong.append("name part must consist of letters, digits, '-', '_' and '.', with a letter or digit at both ends")
    return tuple(wrong)


@lru_cache(maxsize=4096)
def label_value(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from being a label value.

    >>> label_value(""), len(label_value("-a"))
    ((), 1)
    """
    form = (
        FINE
        if _VALUE.fullmatch(text)
        else ("must consist of letters, digits, '-', '_' and '.', with a letter or digit at both ends, or be empty",)
    )
    return _longer(text, 63) + form


def port_name(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from naming a port (an IANA service name); one entry per violated rule.

    >>> port_name("http"), len(port_name("80")), len(port_name("-a--b"))
    ((), 1, 2)
    """
    wrong = []
    if len(text) > 15:
        wrong.append("must be no more than 15 characters")
    if not _PORT.fullmatch(text):
        wrong.append("must consist of lower case letters, digits and '-'")
    if not re.search(r"[a-z]", text):
        wrong.append("must contain a letter")
    if "--" in text:
        wrong.append("must not contain '--'")
    if text and (text[0] == "-" or text[-1] == "-"):
        wrong.append("must not start or end with '-'")
    return tuple(wrong)


def env_name(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from naming an environment variable: printable ASCII without `=`.

    >>> env_name("my.name"), len(env_name("a=b"))
    ((), 1)
    """
    return FINE if _ENV.fullmatch(text) else ("must consist of printable ASCII characters other than '='",)


def config_key(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from being a key of a ConfigMap or Secret.

    >>> config_key("app.properties"), len(config_key("a/b"))
    ((), 1)
    """
    wrong = list(_longer(text, 253))
    if not _CONFIG_KEY.fullmatch(text):
        wrong.append("must consist of letters, digits, '-', '_' and '.'")
    if text in (".", "..") or text.startswith(".."):
        wrong.append("must not be '.' nor start with '..'")
    return tuple(wrong)


def path_segment(text: str) -> tuple[str, ...]:
    """Return what keeps *text* from being one segment of a path: `.`, `..`, a slash or a percent sign.

    >>> path_segment("web"), path_segment("a/b%")
    ((), ("must not contain '/'", "must not contain '%'"))
    """
    if text in (".", ".."):
        return (f"must not be '{text}'",)
    return tuple(f"must not contain '{char}'" for char in "/%" if char in text)
