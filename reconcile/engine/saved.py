"""A world as JSON, and back: what a state file holds.

Rules
1. Nothing is lost that the future depends on: a world that was saved and restored goes on exactly as the one that never
   was - the same names, the same wake-ups, the same order.
2. Of the past only text is kept: trace rows without their actions, events without more of their objects than the name.
3. What is not such a document is a SavedError; no document makes anything else happen.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from attrs import evolve
from pyrsistent import PMap, pdeque, pmap

from reconcile.engine.queue import Queue, Slot
from reconcile.engine.world import Note, Row, World
from reconcile.model.clock import Instant, instant
from reconcile.model.json import FrozenMap, Json, freeze
from reconcile.model.objects import read
from reconcile.model.ordered import SortedMap
from reconcile.model.resource import Resource
from reconcile.store.store import Store


class SavedError(ValueError):
    """A document that is no saved world; says what is wrong with it."""


def save(world: World, *, rows: int | None = None) -> dict[str, Json]:
    """Return *world* as JSON, with the newest *rows* of its trace.

    >>> restore(save(World(steps=3))).steps
    3
    """
    trace = list(world.trace)
    return {
        "now": world.now.isoformat(),
        "steps": world.steps,
        "store": _save_store(world.store),
        "queue": _save_queue(world.queue),
        "memory": _by_slot(world.memory),
        "failures": _by_slot(world.failures),
        "unseen": _by_slot(world.unseen),
        "caches": {name: _save_store(world.caches[name]) for name in sorted(world.caches)},
        "notes": [_save_note(note) for _, note in sorted(world.notes.items())],
        "trace": [_save_row(row) for row in (trace if rows is None else trace[max(len(trace) - rows, 0) :])],
    }


def restore(saved: Json, *, trace_limit: int | None = None) -> World:
    """Return the world that *saved* is; its trace will keep at most *trace_limit* rows.

    Raises SavedError.
    """
    try:
        return _restore(saved, trace_limit)
    except KeyError as error:
        raise SavedError(f"{error.args[0]!r} is missing") from None
    except (TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise SavedError(str(error) or type(error).__name__) from None


def _restore(saved: Json, trace_limit: int | None) -> World:
    notes = [_restore_note(item) for item in saved["notes"]]
    return World(
        store=_restore_store(saved["store"]),
        now=instant(saved["now"]),
        queue=_restore_queue(saved["queue"]),
        memory=_slots(saved["memory"], freeze),
        failures=_slots(saved["failures"], int),
        caches=pmap({name: _restore_store(store) for name, store in saved["caches"].items()}),
        unseen=_slots(saved["unseen"], int),
        notes=pmap({(n.about.uid, n.type, n.reason, n.message, n.source): n for n in notes}),
        trace=pdeque([_restore_row(row) for row in saved["trace"]], maxlen=trace_limit),
        steps=int(saved["steps"]),
    )


# --- store -------------------------------------------------------------------------------------------------------


def _save_store(store: Store) -> dict[str, Json]:
    objects = [item.raw for kind in store.kinds for item in store.all(kind)]
    return {"version": store.version, "serial": store.serial, "seed": store.seed, "objects": objects}


def _restore_store(saved: Mapping[str, Any]) -> Store:
    store = Store.of(map(_object, saved["objects"]), seed=int(saved["seed"]))
    return evolve(store, version=int(saved["version"]), serial=int(saved["serial"]))


def _object(raw: Json) -> Resource:
    item = read(raw)
    if not item.kind or not item.name:
        raise SavedError("an object without kind or name")
    return item


# --- queue and what goes by slot ---------------------------------------------------------------------------------


def _save_queue(queue: Queue) -> dict[str, Json]:
    places = [[due.isoformat(), serial, *slot] for (due, serial), slot in queue.order.items()]
    return {"serial": queue.serial, "slots": places}


def _restore_queue(saved: Mapping[str, Any]) -> Queue:
    order = {(instant(due), int(serial)): _slot(slot) for due, serial, *slot in saved["slots"]}
    places = {slot: place for place, slot in order.items()}
    return Queue(SortedMap.of(order), pmap(places), int(saved["serial"]))


def _by_slot(values: PMap[Slot, Any]) -> list[Json]:
    return [[*slot, values[slot]] for slot in sorted(values)]


def _slots(saved: Iterable[Any], reader: Callable[[Any], Any]) -> PMap[Slot, Any]:
    return pmap({_slot(slot): reader(value) for *slot, value in saved})


def _slot(words: Iterable[str]) -> Slot:
    slot = Slot(*words)
    if not all(isinstance(word, str) for word in slot):
        raise SavedError(f"{list(slot)} names no object of a controller")
    return slot


# --- what was told and done --------------------------------------------------------------------------------------

_NOTE: Final = ("type", "reason", "message", "source", "count")
_ROW: Final = ("actor", "subject", "what", "why", "result")


def _save_note(note: Note) -> dict[str, Json]:
    told = {name: getattr(note, name) for name in _NOTE}
    return {**told, "first": note.first.isoformat(), "last": note.last.isoformat(), "about": _reference(note.about)}


def _reference(item: Resource) -> FrozenMap:
    """Return what names *item*, in the form of an object."""
    meta = {"name": item.name, "namespace": item.namespace, "uid": item.uid}
    named = FrozenMap({key: value for key, value in meta.items() if value})
    return FrozenMap(kind=item.kind, apiVersion=item.api_version, metadata=named)


def _restore_note(saved: Mapping[str, Any]) -> Note:
    told = {name: saved[name] for name in _NOTE}
    return Note(read(saved["about"]), first=_at(saved, "first"), last=_at(saved, "last"), **told)


def _save_row(row: Row) -> list[Json]:
    return [row.at.isoformat(), *(getattr(row, name) for name in _ROW)]


def _restore_row(saved: Iterable[Any]) -> Row:
    at, actor, subject, what, why, result = saved
    return Row(instant(at), str(actor), str(subject), str(what), str(why), str(result))


def _at(saved: Mapping[str, Any], name: str) -> Instant:
    return instant(saved[name])
