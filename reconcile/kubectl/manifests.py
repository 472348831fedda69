"""Manifests as a command has them in hand: read from somewhere, not yet looked at.

Rules (contract api 1)
1. A manifest is looked at alone: what is wrong with one does not keep the others from being carried out.
2. The kind must be served in the version that is asked for; fields that a kind does not have are refused, or dropped
   where the user says so.
3. A version that was removed while its objects stayed the same is taken as the one that followed it, with a warning;
   a user who asks for strict validation gets the refusal of today's server.
4. A document that is no object at all ends its file: what stands behind it is not looked at.
5. Without a namespace it goes to the session's; one that names another than the user did is refused.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from attrs import evolve, field, frozen

from reconcile.admission.decode import Malformed, decode
from reconcile.kubectl.failures import Failure, Refused, visible
from reconcile.kubectl.session import Session
from reconcile.model.json import FrozenMap, Json, freeze, look, put
from reconcile.model.kinds import BY_NAME, Kind
from reconcile.outcome import Reason

_REMOVED: Final = {("CronJob", "batch/v1beta1"): ("v1.21", "v1.25")}
"""Versions that are taken although no server serves them any more: deprecated since, and removed in."""


@frozen
class Manifest:
    """One document."""

    source: str
    """The file as the user named it, or `STDIN`."""
    raw: Json = field(converter=freeze)
    place: str = ""
    """Which of the file's documents it is, if there are several."""


@frozen
class Sent:
    """A manifest that can be sent: what it is, and where it goes."""

    kind: Kind
    namespace: str
    name: str
    body: FrozenMap
    source: str
    warning: str = ""
    """What the user must know, if the manifest is sent."""


def sendable(session: Session, manifests: Iterable[Manifest], *, doing: str) -> Iterator[Sent | Failure]:
    """Yield what each of *manifests* asks for, or why it cannot be sent; *doing* is the verb that a refusal tells."""
    ended = None
    for manifest in manifests:
        if manifest.source == ended:
            continue
        missing = _missing(manifest.raw)
        if missing:
            ended = manifest.source
            yield _no_object(manifest, missing)
        else:
            yield _sendable(session, manifest, doing=doing)


def _no_object(manifest: Manifest, missing: str) -> Failure:
    where = f"{manifest.place}: " if manifest.place else ""
    return Failure(
        f'error validating "{manifest.source}": error validating data: {where}{missing}; '
        "if you choose to ignore these errors, turn validation off with --validate=false"
    )


def _sendable(session: Session, manifest: Manifest, *, doing: str) -> Sent | Failure:
    raw, source = manifest.raw, manifest.source
    kind = BY_NAME.get(raw["kind"])
    warning = "" if kind is None or session.served_only else _succeeded(kind, raw["apiVersion"])
    if kind is None or (kind.api_version != raw["apiVersion"] and not warning):
        return _unserved(raw, source)
    raw = put(raw, ("apiVersion",), kind.api_version)
    shaped = _shaped(kind, raw, f'error when {doing} "{source}": ', strict=session.strict)
    placed = shaped if isinstance(shaped, Failure) else _placed(session, kind, shaped, source)
    return placed if isinstance(placed, Failure) else evolve(placed, warning=warning)


def _succeeded(kind: Kind, version: str) -> str:
    """Return the warning with which *version* of *kind* is taken as the one that is served; empty if it is not."""
    removed = _REMOVED.get((kind.name, version))
    if removed is None:
        return ""
    deprecated, gone = removed
    return (
        f"Warning: {version} {kind.name} is deprecated in {deprecated}+, unavailable in {gone}+; "
        f"use {kind.api_version} {kind.name}"
    )


def _missing(raw: Json) -> str:
    if not isinstance(raw, dict):
        return "a manifest must be a map"
    absent = [name for name in ("apiVersion", "kind") if not isinstance(raw.get(name), str) or not raw[name]]
    if not absent and not isinstance(raw.get("metadata") or {}, dict):
        return "metadata must be a map"
    texts = [f"{name} not set" for name in absent]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]" if texts else ""


def _unserved(raw: FrozenMap, source: str) -> Failure:
    meta = raw.get("metadata") or {}
    name, namespace = (visible(str(meta.get(key) or "")) for key in ("name", "namespace"))
    message = (
        f'resource mapping not found for name: "{name}" namespace: "{namespace}" from "{source}": '
        f'no matches for kind "{visible(raw["kind"])}" in version "{visible(raw["apiVersion"])}"'
    )
    # kubectl's advice is to install a CRD; a kind that we do not know cannot be installed here.
    return Failure(f"{message}\nensure CRDs are installed first" if raw["kind"] in BY_NAME else message)


def _shaped(kind: Kind, raw: FrozenMap, doing: str, *, strict: bool) -> FrozenMap | Failure:
    """Return the manifest as it is, or without its unknown fields if they do not matter; a misshapen one fails."""
    try:
        known = decode(kind.name, raw, strict=strict)
    except Malformed as error:
        unknown = error.why == "unknown field"
        why = visible(f'strict decoding error: unknown field "{error.path}"' if unknown else str(error))
        text = f'{doing}{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: {why}'
        return Failure(text, Reason.BAD_REQUEST)
    return raw if strict else known


def _placed(session: Session, kind: Kind, raw: FrozenMap, source: str) -> Sent | Failure:
    own = look(raw, "metadata", "namespace", default="")
    if kind.namespaced and own and session.enforced and own != session.namespace:
        return Failure(
            f'the namespace from the provided object "{own}" does not match the namespace "{session.namespace}". '
            f"You must pass '--namespace={own}' to perform this operation."
        )
    namespace = (own or session.namespace) if kind.namespaced else ""
    body = put(raw, ("metadata", "namespace"), namespace) if namespace else raw
    return Sent(kind, namespace, look(raw, "metadata", "name", default=""), body, source)


def for_each(
    session: Session,
    manifests: Iterable[Manifest],
    act: Callable[[Session, Sent], Session],
    *,
    doing: str,
) -> Session:
    """Return the session after *act* on every manifest that can be sent; the others are failures."""
    wrong: list[Failure] = []  # not one by one, for there may be many
    for sent in sendable(session, manifests, doing=doing):
        if isinstance(sent, Failure):
            wrong.append(sent)
        else:
            session = act(_warned(session.fail(*wrong), sent), sent)
            wrong.clear()
    return session.fail(*wrong)


def _warned(session: Session, sent: Sent) -> Session:
    return session.warn(sent.warning) if sent.warning else session


def required(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return *manifests*; raise Refused if none was named."""
    given = tuple(manifests)
    if not given:
        raise Refused("must specify -f: a file, a folder, or - for the standard input")
    return given
