"""`kubectl set resources`: other requests and limits for containers."""

from reconcile.kubectl.failures import Failure, Refused
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.setting.pod_specs import Edited, How, Setting, change_containers, chosen, matcher, set_in
from reconcile.model.json import FrozenMap, put
from reconcile.model.quantity import Quantity


def set_resources(
    session: Session,
    choice: Choice,
    *,
    limits: str = "",
    requests: str = "",
    containers: str = "*",
    how: How = How(),  # noqa: B008 - a frozen value
) -> Session:
    """Set *limits* and *requests*, such as `cpu=200m,memory=1Gi`, of the *containers* with such names."""
    found = chosen(session, choice, how)
    if not limits and not requests:
        raise Refused("you must specify an update to requests or limits (in the form of --requests/--limits)")
    amounts = {"limits": parse_amounts(limits), "requests": parse_amounts(requests)}
    setting = Setting(
        "resource requirements updated",
        "failed to patch resources update to pod template",
        lambda _, spec: _edit(spec, amounts, containers),
    )
    return set_in(session, found, setting, how)


def parse_amounts(text: str) -> dict[str, str]:
    """Return the amounts by name that *text* lists; raise Refused if it is no such list.

    >>> parse_amounts("cpu=200m,memory=1Gi")
    {'cpu': '200m', 'memory': '1Gi'}
    """
    amounts: dict[str, str] = {}
    for part in text.split(",") if text else ():
        name, equals, amount = part.partition("=")
        if not equals or "=" in amount:
            raise Refused(f"invalid argument syntax {part}, expected <resource>=<value>")
        try:
            amounts[name] = str(Quantity.parse(amount))
        except ValueError:
            raise Refused(
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            ) from None
    return amounts


def _edit(spec: FrozenMap, amounts: dict[str, dict[str, str]], containers: str) -> Edited:
    def change(container: FrozenMap) -> FrozenMap:
        for member, found in amounts.items():
            for name, amount in found.items():
                container = put(container, ("resources", member, name), amount)
        return container

    spec, count = change_containers(spec, matcher(containers), change)
    missing = () if count else (Failure(f"error: unable to find container named {containers}"),)
    return Edited(spec, missing)
