"""`kubectl describe`: everything about one object, for people."""

from reconcile.tables.describe.kinds import describe
from reconcile.tables.describe.lines import Around
from reconcile.tables.describe.template import pod_template_lines

__all__ = ["Around", "describe", "pod_template_lines"]
