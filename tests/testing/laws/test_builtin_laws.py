"""Our own controllers keep the laws that we ask of everybody's; `--slow` tries them on many more states."""

import pytest

from reconcile.controllers.builtin import BUILTIN
from reconcile.controllers.claims import CLAIM_PROTECTION, VOLUME_BINDER
from reconcile.controllers.cronjob.plan import CRONJOB
from reconcile.controllers.daemonset.plan import DAEMONSET
from reconcile.controllers.deployment.plan import DEPLOYMENT
from reconcile.controllers.endpoints import ENDPOINTSLICE
from reconcile.controllers.garbage import GARBAGE_COLLECTOR
from reconcile.controllers.job.plan import JOB
from reconcile.controllers.job_orphan import JOB_ORPHAN
from reconcile.controllers.namespace import NAMESPACE
from reconcile.controllers.replicaset import REPLICASET
from reconcile.controllers.statefulset.plan import STATEFULSET
from reconcile.controllers.ttl import TTL
from reconcile.testing import laws

FEW = 6
"""How many examples each law is tried on by default: a smoke test of twelve controllers in half a minute."""
MANY = 300

TestReplicaSet = laws.check(REPLICASET, max_examples=FEW)
TestDeployment = laws.check(DEPLOYMENT, max_examples=FEW)
TestStatefulSet = laws.check(STATEFULSET, max_examples=FEW)
TestDaemonSet = laws.check(DAEMONSET, max_examples=FEW)
TestJob = laws.check(JOB, max_examples=FEW)
TestJobOrphan = laws.check(JOB_ORPHAN, max_examples=FEW)
TestCronJob = laws.check(CRONJOB, max_examples=FEW)
TestTtl = laws.check(TTL, max_examples=FEW)
TestEndpointSlice = laws.check(ENDPOINTSLICE, max_examples=FEW)
TestClaimProtection = laws.check(CLAIM_PROTECTION, max_examples=FEW)
TestVolumeBinder = laws.check(VOLUME_BINDER, max_examples=FEW)
TestNamespace = laws.check(NAMESPACE, max_examples=FEW)

CHECKED = (
    *(REPLICASET, DEPLOYMENT, STATEFULSET, DAEMONSET, JOB, JOB_ORPHAN, CRONJOB, TTL),
    *(ENDPOINTSLICE, CLAIM_PROTECTION, VOLUME_BINDER, NAMESPACE),
)


def test_no_controller_is_left_out() -> None:
    """Every built-in controller of one kind is checked; the garbage collector looks after all kinds."""
    assert {c.name for c in BUILTIN} - {GARBAGE_COLLECTOR.name} == {c.name for c in CHECKED}


@pytest.mark.slow
@pytest.mark.parametrize("law", laws.LAWS)
@pytest.mark.parametrize("controller", CHECKED, ids=lambda controller: controller.name)
def test_laws_on_many_states(controller: object, law: str) -> None:
    """The same laws, each on three hundred states."""
    assert controller in CHECKED
    case = next(laws.check(checked, max_examples=MANY) for checked in CHECKED if checked is controller)
    case(f"test_{law}").debug()
