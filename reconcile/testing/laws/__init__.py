"""Laws that every controller should keep, built-in or a user's own, as a test case with one named test for each.

    from reconcile.testing import laws

    TestWidgets = laws.check(WIDGETS)          # pytest and unittest collect it

Of one call of its function, on states of every sort: `total`, `pure`, `order_blind`, `hash_seed_blind`, `guarantee`,
`lets_go`, `future_wakes`, `no_idle_status`, `make_before_break`. Of its life in a cluster, beside the built-in
controllers: `settles`, `quiet_at_goal`, `wakes_itself`, `keeps_what_it_makes`, `any_order`, `interrupted` (crashes),
`stale` (old views). Each says in the docstring of its test what it asks for.

A law that is broken shows the smallest state that Hypothesis finds, in YAML, and the line that tries it again.
"""

from reconcile.testing.laws.case import LAWS as LAWS
from reconcile.testing.laws.case import check as check
from reconcile.testing.laws.case import replay as replay
from reconcile.testing.laws.known import ASIDE as ASIDE
from reconcile.testing.laws.known import TOUCHED as TOUCHED
from reconcile.testing.laws.known import WAIVED as WAIVED
from reconcile.testing.laws.report import LawBroken as LawBroken

__all__ = ["ASIDE", "LAWS", "TOUCHED", "WAIVED", "LawBroken", "check", "replay"]
