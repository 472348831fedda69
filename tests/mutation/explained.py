"""Why a mutant is caught by neither vectors nor properties, one by one."""

from typing import Final

EXPLAINED: Final[dict[tuple[str, str], str]] = {
    ("controllers/deployment/sizes.py", "the bound of surge is off by one"): (
        "Equivalent: with exactly as many pods as are allowed the branch taken instead adds min(0, what is missing), "
        "and nothing is missing below 0 there, because a new ReplicaSet that is too large is dealt with before."
    ),
    ("controllers/statefulset/replicas.py", "creates several pods in one ordered sync"): (
        "Equivalent: the pod that was just made is neither running nor ready, so the question that comes next, whether "
        "it has settled, ends the visit all the same."
    ),
    ("controllers/job/flush.py", "ends while pods are still uncounted"): (
        "Equivalent: a Job that ends lets every pod go that is still to be counted, and what else was noted has been "
        "counted before. Pods are left only if the bound of a sync was met or a request failed; both are asked, too."
    ),
    ("controllers/job/tally.py", "pods that were counted count again"): (
        "Equivalent: it is only asked of pods that were chosen for their finalizer before; that the choice is right is "
        "a mutant of its own."
    ),
    ("controllers/cronjob/start.py", "a finished run is started again"): (
        "Equivalent: slots are looked for strictly after the last run, so the one that is due is never the last one. "
        "The question stands there because the contract asks it (cronjob 7.2)."
    ),
    ("controllers/daemonset/carry.py", "creates without a bound"): (
        "Equivalent: what names the nodes asks for the first 250 of them, in manage and in the rollout, which takes "
        "its second list only as far as the first leaves room. So there are never more to cut off."
    ),
}
"""By module and name of the mutant."""
