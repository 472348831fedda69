"""The pod template, as descriptions of workloads and `kubectl rollout history --revision` show it."""

from reconcile.model.json import EMPTY, NOTHING, Json, look
from reconcile.model.selector import Selector
from reconcile.tables.describe.containers import containers
from reconcile.tables.describe.lines import Lines, annotations, given, labels, titled
from reconcile.tables.describe.volumes import volumes
from reconcile.tables.table import NONE


def pod_template_lines(template: Json) -> Lines:
    """Return the lines of a pod template, tabs and all; `rollout history` prints them as they are.

    >>> pod_template_lines({"spec": {"containers": []}})[:3]
    ['Pod Template:', '  Labels:\\t<none>', '  Containers: <none>']
    """
    if template is None:
        return ["Pod Template:", "  <unset>"]
    metadata, spec = template.get("metadata") or EMPTY, template.get("spec") or EMPTY
    notes, inits = metadata.get("annotations"), spec.get("initContainers")
    return [
        "Pod Template:",
        *labels("  Labels", metadata.get("labels")),
        *(annotations("  Annotations", notes) if notes else []),
        *given("  Service Account", spec.get("serviceAccountName")),
        *(containers("Init Containers", inits, indent="  ") if inits else []),
        *containers("Containers", spec.get("containers"), indent="  "),
        *volumes(spec.get("volumes"), indent="  "),
        *spread(spec, indent="  "),
        *given("  Priority Class Name", spec.get("priorityClassName")),
        *labels("  Node-Selectors", spec.get("nodeSelector")),
        *tolerations("  Tolerations", spec.get("tolerations")),
    ]


def spread(spec: Json, *, indent: str = "") -> Lines:
    """Return the topology spread constraints of a pod spec, if it has any."""
    found = sorted(spec.get("topologySpreadConstraints") or NOTHING, key=lambda one: str(one.get("topologyKey")))
    first, *rest = [_constraint(one) for one in found] or [""]
    if not first:
        return []
    return [f"{indent}Topology Spread Constraints:\t{first}", *(f"{indent}\t{text}" for text in rest)]


def _constraint(one: Json) -> str:
    text = f"{one.get('topologyKey')}:{one.get('whenUnsatisfiable')} when max skew {one.get('maxSkew')} is exceeded"
    selector = look(one, "labelSelector")
    return text if selector is None else f"{text} for selector {str(Selector.parse(selector)) or NONE}"


def tolerations(title: str, values: Json) -> Lines:
    """Return the lines of a list of tolerations."""
    found = sorted(values or NOTHING, key=lambda one: str(one.get("key") or ""))
    return titled(title, [toleration_text(one) for one in found])


def toleration_text(one: Json) -> str:
    """Return a toleration as a word or two.

    >>> toleration_text({"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
    'a:NoExecute op=Exists for 300s'
    """
    key, value, effect, seconds = (one.get(name) for name in ("key", "value", "effect", "tolerationSeconds"))
    text = f"{key or ''}{f'={value}' if value else ''}{f':{effect}' if effect else ''}"
    if one.get("operator") == "Exists" and not value:
        text = f"{text} op=Exists" if text else "op=Exists"
    return text if seconds is None else f"{text} for {seconds}s"
