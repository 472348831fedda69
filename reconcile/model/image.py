"""Image references: when to pull (contract api 4.3).

A reference is `[domain[:port]/]path[:tag][@digest]`. Only its shape matters here: whoever writes one that does not
parse is told so by the kubelet, not by the API server.
"""

import re
from functools import lru_cache
from typing import Final

_DOMAIN_PART: Final = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)"
_DOMAIN: Final = rf"(?:{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PATH: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_DIGEST: Final = r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}"
_REFERENCE: Final = re.compile(
    rf"(?P<name>(?:{_DOMAIN}/)?{_PATH}(?:/{_PATH})*)(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?"
    rf"(?:@(?P<digest>{_DIGEST}))?"
)
_BARE_ID: Final = re.compile(r"[a-f0-9]{64}")


@lru_cache(maxsize=1024)
def default_pull_policy(image: str) -> str:
    """Return the imagePullPolicy that *image* gets if none is given.

    >>> default_pull_policy("nginx"), default_pull_policy("nginx:1.25"), default_pull_policy("host:5000/app")
    ('Always', 'IfNotPresent', 'Always')
    """
    # Longer references are never valid, and the pattern need not be tried on them.
    match = _REFERENCE.fullmatch(image) if len(image) <= 1024 else None
    if match is None or len(match["name"]) > 255 or _BARE_ID.fullmatch(image):
        return "IfNotPresent"
    latest = match["tag"] == "latest" or not (match["tag"] or match["digest"])
    return "Always" if latest else "IfNotPresent"
