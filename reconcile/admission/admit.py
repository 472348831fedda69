"""Admission: from the object in a request to the object in the store, or why there is none (contract api 1).

Rules
1. The stages are those of the server: decode, default, mutate, reset what is the server's, validate. What is wrong at
   one stage hides what is wrong at the later ones; validation alone reports everything it finds.
2. A refusal is a value. Whatever is passed in, nothing is raised.
3. Nothing is drawn or read here: uid, time and the random part of generated names are the caller's to give.
4. How the kinds differ is in `reconcile.admission.strategy`.
"""

from collections.abc import Iterable
from typing import Final

from reconcile.admission import metadata
from reconcile.admission.causes import at_least_zero, invalid
from reconcile.admission.decode import Malformed, Mode, read, read_part
from reconcile.admission.strategy import STRATEGIES, UNKNOWN, Strategy
from reconcile.admission.validation.metadata import changed_metadata, new_metadata
from reconcile.model.clock import Instant
from reconcile.model.json import EMPTY, FrozenMap, Json, drop, look, put
from reconcile.model.kinds import BY_NAME
from reconcile.model.selector import Selector
from reconcile.outcome import Cause, Reason, Rejected

SCALE: Final = "autoscaling/v1"
STATUS_CODES: Final = {
    Reason.BAD_REQUEST: 400,
    Reason.FORBIDDEN: 403,
    Reason.NOT_FOUND: 404,
    Reason.ALREADY_EXISTS: 409,
    Reason.CONFLICT: 409,
    Reason.INVALID: 422,
    Reason.INTERNAL_ERROR: 500,
}
"""The HTTP status that goes with a refusal."""


def default(kind: str, obj: Json, *, strict: bool = True) -> FrozenMap:
    """Return *obj* decoded, with defaults and in canonical form; raise ValueError if it does not have *kind*'s shape.

    >>> default("ReplicaSet", {})["spec"]["replicas"]
    1
    """
    return _headed(kind, read(kind, obj, Mode(strict=strict, defaults=True)))


def admit_create(
    kind: str,
    obj: Json,
    *,
    namespace: str = "",
    uid: str,
    now: Instant,
    suffix: str = "",
    strict: bool = True,
) -> FrozenMap | Rejected:
    """Return *obj* as it is stored when it is created in *namespace*, or why it is refused.

    *suffix* completes a generateName.
    """
    strategy = STRATEGIES.get(kind, UNKNOWN)
    try:
        given = _endpoint(kind, obj) or default(kind, obj, strict=strict)
        if isinstance(given, Rejected):
            return given
        home = _namespace(kind, given, namespace) or strategy.plugin(given)
        if isinstance(home, Rejected):
            return home
        new = _new(kind, strategy, home, namespace=namespace, uid=uid, now=now, suffix=suffix)
    except Malformed as error:
        return _malformed(kind, error)
    return _invalid(kind, new, _create_causes(kind, strategy, new)) or strategy.finish(new)


def _new(
    kind: str, strategy: Strategy, given: FrozenMap, *, namespace: str, uid: str, now: Instant, suffix: str
) -> FrozenMap:
    """Return *given* with what is the server's: metadata, status, and what the kind prepares."""
    meta = given["metadata"]
    name = meta.get("name", "")
    if not name and meta.get("generateName"):
        name = metadata.generated_name(meta["generateName"], suffix)
    created = metadata.created(
        meta,
        name=name,
        namespace=namespace if metadata.namespaced(kind) else "",
        uid=uid,
        now=now,
        generation=1 if strategy.generation else None,
    )
    new = strategy.prepare(FrozenMap({**given, "metadata": created}), None)
    return _with_status(new, strategy.initial(new))


def _create_causes(kind: str, strategy: Strategy, new: FrozenMap) -> Iterable[Cause]:
    refused = list(strategy.unallocatable(new, None))
    if refused:
        return refused
    found = list(strategy.validate(new))
    if found and strategy.spec_before_metadata:
        return found
    return [*new_metadata(kind, new["metadata"]), *found]


# --- update ----------------------------------------------------------------------------------------------------


def admit_update(kind: str, obj: Json, old: FrozenMap, *, strict: bool = True) -> FrozenMap | Rejected:
    """Return *obj* as it is stored in the place of *old*, or why it is refused."""
    strategy = STRATEGIES.get(kind, UNKNOWN)
    try:
        given = _endpoint(kind, obj) or default(kind, _without_stored_status(obj, old), strict=strict)
        if isinstance(given, Rejected):
            return given
        refused = _same_object(kind, strategy, given["metadata"], old)
        if refused is not None:
            return refused
        meta = metadata.updated(given["metadata"], look(old, "metadata") or EMPTY)
        new = strategy.prepare(FrozenMap({**given, "metadata": meta}), old)
    except Malformed as error:
        return _malformed(kind, error)
    new = _with_status(new, old.get("status"))
    unallocatable = list(strategy.unallocatable(new, old))
    refused = _invalid(kind, new, unallocatable or _update_causes(kind, strategy, new, old))
    return refused or _next_generation(strategy, strategy.finish(new), old)


def _without_stored_status(obj: Json, old: FrozenMap) -> Json:
    # The stored status stays anyway; a body that carries that very object need not be read there.
    return drop(obj, ("status",)) if obj.get("status") is old.get("status") else obj


def _update_causes(kind: str, strategy: Strategy, new: FrozenMap, old: FrozenMap) -> Iterable[Cause]:
    meta = new["metadata"]
    if strategy.metadata_again:
        yield from new_metadata(kind, meta)
    yield from changed_metadata(kind, meta, look(old, "metadata") or EMPTY)
    yield from strategy.validate_update(new, old)


def admit_finalize(kind: str, obj: Json, old: FrozenMap, *, strict: bool = True) -> FrozenMap | Rejected:
    """Return the namespace *old* with the finalizers that the spec of *obj* has, or why it is refused.

    An update leaves them alone: whoever takes one away says so.
    """
    if kind != "Namespace":
        return Rejected(Reason.NOT_FOUND, "the server could not find the requested resource")
    new = admit_update(kind, obj, old, strict=strict)
    if isinstance(new, Rejected):
        return new
    finalized = put(new, ("spec",), default(kind, obj, strict=strict)["spec"])
    return _invalid(kind, finalized, STRATEGIES[kind].validate(finalized)) or finalized


def _next_generation(strategy: Strategy, new: FrozenMap, old: FrozenMap) -> FrozenMap:
    if not strategy.generation or not strategy.bumps(new, old):
        return new
    return put(new, ("metadata", "generation"), look(old, "metadata", "generation", default=0) + 1)


# --- status ----------------------------------------------------------------------------------------------------


def admit_status(kind: str, obj: Json, old: FrozenMap, *, strict: bool = True) -> FrozenMap | Rejected:
    """Return *old* with the status of *obj*, or why it is refused (contract api 8.1).

    A spec in *obj* is ignored, but it must decode; one that is the stored spec itself is not even looked at.
    """
    strategy = STRATEGIES.get(kind, UNKNOWN)
    if strategy.initial(_EXAMPLE) is None and kind in STRATEGIES:
        return Rejected(Reason.NOT_FOUND, "the server could not find the requested resource")
    refused = _endpoint(kind, obj)
    if refused is not None:
        return refused
    mode = Mode(strict=strict, defaults=True)
    try:
        rest = {key: value for key, value in obj.items() if key not in ("metadata", "spec", "status")}
        read(kind, rest, mode) if set(rest) - {"kind", "apiVersion"} else None
        if obj.get("spec") is not old.get("spec"):
            read_part(kind, "spec", obj.get("spec"), mode)
        meta = _restated(kind, strategy, obj.get("metadata"), old, mode)
        status = read_part(kind, "status", obj.get("status"), mode)
        if isinstance(meta, Rejected):
            return meta
        new = strategy.prepare_status(_with_status(FrozenMap({**old, "metadata": meta}), status), old)
    except Malformed as error:
        return _malformed(kind, error)
    kept = look(old, "metadata") or EMPTY
    changed = () if meta is kept else changed_metadata(kind, meta, kept)
    return _invalid(kind, new, [*changed, *strategy.validate_status(new, old)]) or new


def _restated(kind: str, strategy: Strategy, sent: Json, old: FrozenMap, mode: Mode) -> FrozenMap | Rejected:
    """Return the metadata after a status write that *sent* some; the stored one itself need not be looked at."""
    kept: FrozenMap = look(old, "metadata") or EMPTY
    if sent is old.get("metadata"):
        return kept
    meta = read_part(kind, "metadata", sent, mode)
    restated: FrozenMap = metadata.restated(meta, kept, kept=strategy.own_on_status)
    return _same_object(kind, strategy, meta, old) or restated


_EXAMPLE: Final = FrozenMap(
    spec=FrozenMap(), metadata=FrozenMap(creationTimestamp="1970-01-01T00:00:00Z"), status=EMPTY
)


# --- scale -----------------------------------------------------------------------------------------------------


def admit_scale(kind: str, obj: Json, old: FrozenMap, *, strict: bool = True) -> FrozenMap | Rejected:
    """Return the workload *old* with the replicas of the Scale *obj*, or why it is refused (contract api 8.2).

    The answer to such a request is `scale_of` the result.
    """
    strategy = STRATEGIES.get(kind, UNKNOWN)
    if not strategy.scales:
        return Rejected(Reason.NOT_FOUND, "the server could not find the requested resource")
    try:
        scale = _header("Scale", SCALE, obj) or read("Scale", obj, Mode(strict=strict))
    except Malformed as error:
        return _malformed("Scale", error)
    if isinstance(scale, Rejected):
        return scale
    refused = _same_object(kind, strategy, scale["metadata"], old)
    if refused is not None:
        return refused
    replicas = scale["spec"].get("replicas", 0)
    invalid_scale = _invalid("Scale", scale, at_least_zero("spec.replicas", replicas))
    return invalid_scale or _next_generation(strategy, put(old, ("spec", "replicas"), replicas), old)


def scale_of(obj: FrozenMap) -> FrozenMap:
    """Return the Scale of a workload: how many replicas it wants and has, and which pods those are.

    >>> scale_of(FrozenMap(metadata={"name": "web"}, spec={"replicas": 2}))["spec"]
    {'replicas': 2}
    """
    meta = look(obj, "metadata") or EMPTY
    shown = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    replicas = look(obj, "spec", "replicas", default=0)
    selector = str(Selector.parse(look(obj, "spec", "selector")))
    status = {"replicas": look(obj, "status", "replicas", default=0)}
    return FrozenMap(
        kind="Scale",
        apiVersion=SCALE,
        metadata=FrozenMap({key: meta[key] for key in shown if key in meta}),
        spec=FrozenMap(replicas=replicas) if replicas else EMPTY,
        status=FrozenMap({**status, "selector": selector} if selector else status),
    )


# --- what all requests share -----------------------------------------------------------------------------------


def _headed(kind: str, obj: FrozenMap) -> FrozenMap:
    known = BY_NAME.get(kind)
    version = known.api_version if known else obj.get("apiVersion", "")
    rest = {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}
    return FrozenMap({"kind": kind, "apiVersion": version, **rest})


def _with_status(obj: FrozenMap, status: FrozenMap | None) -> FrozenMap:
    rest = {key: value for key, value in obj.items() if key != "status"}
    return FrozenMap(rest if status is None else {**rest, "status": status})


def _endpoint(kind: str, obj: Json) -> Rejected | None:
    """Return why *obj* is no object of *kind*; what it leaves out is filled in from the endpoint."""
    known = BY_NAME.get(kind)
    return _header(kind, known.api_version if known else None, obj)


def _header(kind: str, version: str | None, obj: Json) -> Rejected | None:
    if not isinstance(obj, dict):
        return _bad_request(f"must be an object, not {type(obj).__name__}")
    for field, expected in (("kind", kind), ("apiVersion", version)):
        if obj.get(field) not in (None, "", expected) and expected is not None:
            return _bad_request(f"{field} in the data ({obj[field]!r}) does not match the expected {expected!r}")
    return None


def _namespace(kind: str, obj: FrozenMap, namespace: str) -> Rejected | None:
    given = obj["metadata"].get("namespace", "")
    if metadata.namespaced(kind) and given not in ("", namespace):
        return _bad_request(f"the namespace of the object ({given}) does not match the request's ({namespace})")
    return None


def _same_object(kind: str, strategy: Strategy, meta: FrozenMap, old: FrozenMap) -> Rejected | None:
    """Return why metadata does not belong to an update of *old*: another name, a stale version, another uid."""
    stored = look(old, "metadata", default=EMPTY)
    for field in ("name", "namespace"):
        if meta.get(field, "") != stored.get(field, "") and (field == "name" or meta.get(field)):
            return _bad_request(f"metadata.{field} ({meta.get(field, '')}) does not match that of the URL")
    refused = _stale(kind, meta, stored)
    if refused is None and not strategy.unconditional and meta.get("resourceVersion", "") in ("", "0"):
        # contract api 2.1: budgets alone insist on a resourceVersion
        return _invalid(kind, old, [invalid("metadata.resourceVersion", "", "must be specified for an update")])
    return refused


def _stale(kind: str, meta: FrozenMap, stored: FrozenMap) -> Rejected | None:
    version, uid, name = meta.get("resourceVersion", ""), meta.get("uid", ""), stored.get("name", "")
    if version and not (version.isascii() and version.isdigit()):
        return Rejected(Reason.INTERNAL_ERROR, f"resourceVersion {version!r} is not a number")
    if version not in ("", "0", stored.get("resourceVersion", version)):
        why = "the object has been modified; please apply your changes to the latest version and try again"
        return Rejected(Reason.CONFLICT, f'Operation cannot be fulfilled on {_resource(kind)} "{name}": {why}')
    if uid not in ("", stored.get("uid", uid)):
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored['uid']}"
        return Rejected(Reason.CONFLICT, f'Operation cannot be fulfilled on {_resource(kind)} "{name}": {why}')
    return None


def _resource(kind: str) -> str:
    known = BY_NAME.get(kind)
    return known.resource if known else kind.lower()


def _bad_request(why: str) -> Rejected:
    return Rejected(Reason.BAD_REQUEST, why)


def _malformed(kind: str, error: Malformed) -> Rejected:
    return Rejected(Reason.BAD_REQUEST, f"{kind} cannot be read: {error}")


def _invalid(kind: str, obj: FrozenMap, causes: Iterable[Cause]) -> Rejected | None:
    # The same thing may be found wrong twice; a reader wants to hear it once.
    found = tuple(dict.fromkeys(causes))
    if not found:
        return None
    texts = [f"{cause.field}: {cause.message}" for cause in found]
    said = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    name = obj["metadata"].get("name") or obj["metadata"].get("generateName", "")
    return Rejected(Reason.INVALID, f'The {kind} "{name}" is invalid: {said}', found)
