"""What a step did to the atoms of a state, found from what it wrote.

Everything else stays as it is, and so do the names of everything else: the canonical name of an object does not depend
on other objects, unless one of them mentions a nameless one. Then the whole world is named anew (`Canon.whole`).
"""

from reconcile.engine.world import World
from reconcile.model.resource import Resource
from reconcile.testing.explore.atoms import Place, Thing, texts
from reconcile.testing.explore.canon import Canon, Marks, difference, new_uid, ranked, ranks, renamed, there, touched
from reconcile.testing.explore.forms import nameless
from reconcile.testing.explore.steps import Scene

Delta = tuple[tuple[Thing, ...], tuple[Thing, ...]]
"""What goes and what comes."""


def marks_after(scene: Scene, after: World) -> Marks:
    """Return the controllers that nameless objects are queued for after a step."""
    marks = {key: set(names) for key, names in scene.marks.items()}
    for slot in after.queue.places:
        item = there(after.store, slot)
        if item is not None and nameless(item.raw):
            marks.setdefault(item.key, set()).add(slot.controller)
    return {key: tuple(sorted(names)) for key, names in marks.items()}


def delta(canon: Canon, scene: Scene, after: World, marks: Marks) -> Delta | None:
    """Return what a step did to the things of a state; None if what it wrote mentions a nameless object."""
    changes = touched(scene.world, after)
    came = {new.key: new for _, new in changes if new is not None}
    went = [old.key for old, new in changes if old is not None and new is None]
    places: dict[Place, int] = {}
    for kind in sorted({item.kind for change in changes for item in _counted(*change)}):
        siblings = after.store.all(kind)
        places |= ranks(siblings)
        came |= {item.key: item for item in siblings}
    came |= _marked(scene, after, marks)
    names = {item.uid: _uid(scene, after, item) for item in came.values() if not nameless(item.raw)}
    added = [_thing(canon, item, places, names, marks) for item in came.values()]
    fresh = [item for key, item in came.items() if key not in scene.homes and nameless(item.raw)]
    told = {text for item in fresh for text in (item.name, item.uid)}
    if any(thing.entangled or not told.isdisjoint(thing.texts) for thing in added):
        return None
    return difference([scene.homes[key] for key in (*came, *went) if key in scene.homes], added)


def _counted(old: Resource | None, new: Resource | None) -> list[Resource]:
    """Return the object if it came or went and has a place in the order of creation."""
    same = old is not None and new is not None and old.uid == new.uid
    return [item for item in (old, new) if item is not None and not same and ranked(item)]


def _marked(scene: Scene, after: World, marks: Marks) -> dict[Place, Resource]:
    """Return the nameless objects whose place in the queue changed."""
    keys = [key for key in marks if key in scene.homes and marks[key] != scene.homes[key].marks]
    found = ((key, after.store.get(*key)) for key in keys)
    return {key: item for key, item in found if item is not None}


def _uid(scene: Scene, after: World, item: Resource) -> str:
    def mentioned(text: str) -> bool:
        scene.log.note("mentions", text)
        store = after.store.objects
        others = (each for kind in store for each in store[kind].values() if each.key != item.key)
        return any(text in texts(each.raw) for each in others)

    return new_uid(item, mentioned)


def _thing(canon: Canon, item: Resource, places: dict[Place, int], names: dict[str, str], marks: Marks) -> Thing:
    raw = renamed(canon.ranked(item, places), {old: new for old, new in names.items() if old != new})
    return canon.words.thing(raw, marks.get(item.key, ()))
