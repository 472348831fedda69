"""What a pod spec may hold, rule by rule where the recorded requests do not reach: reason and field of each cause."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from reconcile.admission.admit import admit_create
from reconcile.outcome import Rejected

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
LONG: Final = "x" * 5000


def pod(annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """A Pod of one container, with what is given in its place."""
    container = {"name": "a", "image": "nginx"}
    return {"metadata": {"name": "p", "annotations": annotations}, "spec": {"containers": [container], **spec}}


def causes(kind: str, obj: dict[str, Any]) -> list[str]:
    """The causes for which an object is refused, as `Reason field`, sorted; none if it is not."""
    answer = admit_create(kind, obj, namespace="default", uid="u", now=NOW)
    if not isinstance(answer, Rejected):
        return []
    found = {f"{cause.reason.removeprefix('FieldValue')} {cause.field}" for cause in answer.causes}
    return sorted(found) or [str(answer.reason)]


def container(**fields: Any) -> dict[str, Any]:
    """A pod spec whose container has *fields*."""
    return {"containers": [{"name": "a", "image": "nginx", **fields}]}


def volume(**source: Any) -> dict[str, Any]:
    """A pod spec with a volume of that source."""
    return {"volumes": [{"name": "v", **source}]}


def projected(*sources: Any) -> dict[str, Any]:
    return {"serviceAccountName": "s", **volume(projected={"sources": list(sources)})}


def security(**fields: Any) -> dict[str, Any]:
    return {"securityContext": fields}


def affinity(kind: str, **rules: Any) -> dict[str, Any]:
    return {"affinity": {kind: rules}}


REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"


def node_terms(**term: Any) -> dict[str, Any]:
    return affinity("nodeAffinity", **{REQUIRED: {"nodeSelectorTerms": [term]}})


def preference(weight: int = 1, **term: Any) -> dict[str, Any]:
    return affinity("nodeAffinity", **{PREFERRED: [{"weight": weight, "preference": term}]})


def pod_term(**term: Any) -> dict[str, Any]:
    return affinity("podAffinity", **{REQUIRED: [{"topologyKey": "zone", **term}]})


def spread(**constraint: Any) -> dict[str, Any]:
    full = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", **constraint}
    return {"topologySpreadConstraints": [full]}


NODE: Final = f"affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0]"
SOFT: Final = f"affinity.nodeAffinity.{PREFERRED}[0]"
TERM: Final = f"affinity.podAffinity.{REQUIRED}[0]"
SPREAD: Final = "topologySpreadConstraints[0]"
FILE: Final = {"path": "f", "fieldRef": {"fieldPath": "metadata.name"}}

SCHEDULING: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (
        node_terms(matchExpressions=[{"key": "a", "operator": "Gt", "values": ["1", "2"]}]),
        [f"Required {NODE}.matchExpressions[0].values"],
    ),
    (
        node_terms(matchExpressions=[{"key": "a", "operator": "Exists", "values": ["1"]}]),
        [f"Forbidden {NODE}.matchExpressions[0].values"],
    ),
    (
        node_terms(matchExpressions=[{"key": "a", "operator": "In", "values": ["not good"]}]),
        [f"Invalid {NODE}.matchExpressions[0].values[0]"],
    ),
    (
        node_terms(matchExpressions=[{"key": "a", "operator": "Like", "values": ["b"]}]),
        [f"Invalid {NODE}.matchExpressions[0].operator"],
    ),
    (node_terms(matchFields=[{"key": "metadata.name", "operator": "In", "values": ["n"]}]), []),
    (
        node_terms(matchFields=[{"key": "metadata.name", "operator": "In", "values": ["N", "n"]}]),
        [f"Invalid {NODE}.matchFields[0].values[0]", f"Required {NODE}.matchFields[0].values"],
    ),
    (
        node_terms(matchFields=[{"key": "metadata.uid", "operator": "Exists"}]),
        [f"Invalid {NODE}.matchFields[0].key", f"Invalid {NODE}.matchFields[0].operator"],
    ),
    (
        preference(0, matchExpressions=[{"key": "a", "operator": "In", "values": ["not good"]}]),
        [f"Invalid {SOFT}.weight"],
    ),
    (
        preference(1, matchExpressions=[{"key": "a", "operator": "In"}]),
        [f"Required {SOFT}.preference.matchExpressions[0].values"],
    ),
    (
        affinity("podAntiAffinity", **{PREFERRED: [{"weight": 101, "podAffinityTerm": {"topologyKey": ""}}]}),
        [
            f"Invalid affinity.podAntiAffinity.{PREFERRED}[0].podAffinityTerm.topologyKey",
            f"Invalid affinity.podAntiAffinity.{PREFERRED}[0].weight",
            f"Required affinity.podAntiAffinity.{PREFERRED}[0].podAffinityTerm.topologyKey",
        ],
    ),
    (pod_term(namespaces=["Bad"]), [f"Invalid {TERM}.namespace"]),
    (
        pod_term(namespaceSelector={"matchExpressions": [{"key": "a", "operator": "In"}]}),
        [f"Required {TERM}.namespaceSelector.matchExpressions[0].values"],
    ),
    (pod_term(matchLabelKeys=["a b"]), [f"Forbidden {TERM}.matchLabelKeys"]),
    (pod_term(matchLabelKeys=["a b"], labelSelector={}), [f"Invalid {TERM}.matchLabelKeys[0]"]),
    (pod_term(matchLabelKeys=["a"], mismatchLabelKeys=["a"], labelSelector={}), [f"Invalid {TERM}.matchLabelKeys[0]"]),
    (pod_term(matchLabelKeys=["b", "a"], labelSelector={"matchLabels": {"a": "1"}}), []),
    (
        pod_term(
            matchLabelKeys=["b", "a"],
            labelSelector={"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]},
        ),
        [f"Invalid {TERM}[1]"],
    ),
    (spread(topologyKey="", maxSkew=0), [f"Invalid {SPREAD}.maxSkew", f"Required {SPREAD}.topologyKey"]),
    (spread(topologyKey="not good"), []),
    (spread(minDomains=0, whenUnsatisfiable="ScheduleAnyway"), [f"Invalid {SPREAD}.minDomains"]),
    (spread(nodeTaintsPolicy="Maybe"), [f"NotSupported {SPREAD}.nodeTaintsPolicy"]),
    (spread(matchLabelKeys=["a"]), [f"Forbidden {SPREAD}.matchLabelKeys"]),
    (
        spread(matchLabelKeys=["a"], labelSelector={"matchExpressions": [{"key": "a", "operator": "Exists"}]}),
        [f"Invalid {SPREAD}.matchLabelKeys[0]"],
    ),
    ({"tolerations": [{"operator": "Equal", "key": "a", "value": "not good"}]}, ["Invalid tolerations[0].operator"]),
    (
        {"tolerations": [{"operator": "Exists", "key": "not good", "value": "b"}]},
        ["Invalid tolerations[0].key", "Invalid tolerations[0].operator"],
    ),
    ({"readinessGates": [{"conditionType": "not good"}]}, ["Invalid readinessGates[0].conditionType"]),
    ({"schedulingGates": [{"name": "a"}, {"name": "a"}]}, ["Duplicate schedulingGates[1]"]),
    ({"schedulingGates": [{"name": "a"}], "nodeName": "n"}, ["Forbidden nodeName"]),
]

VOLUMES: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (volume(emptyDir={"sizeLimit": "-1"}), ["Forbidden volumes[0].emptyDir.sizeLimit"]),
    (volume(hostPath={"type": "Folder"}), ["Required volumes[0].hostPath.path"]),
    (
        volume(hostPath={"path": "/a/../b", "type": "Folder"}),
        ["Invalid volumes[0].hostPath.path", "NotSupported volumes[0].hostPath.type"],
    ),
    (
        volume(gitRepo={"directory": "/a"}),
        ["Invalid volumes[0].gitRepo.directory", "Required volumes[0].gitRepo.repository"],
    ),
    (
        volume(gcePersistentDisk={"partition": 256}),
        ["Invalid volumes[0].persistentDisk.partition", "Required volumes[0].persistentDisk.pdName"],
    ),
    (
        volume(awsElasticBlockStore={"partition": -1}),
        ["Invalid volumes[0].awsElasticBlockStore.partition", "Required volumes[0].awsElasticBlockStore.volumeID"],
    ),
    (volume(nfs={}), ["Invalid volumes[0].nfs.path", "Required volumes[0].nfs.path", "Required volumes[0].nfs.server"]),
    (volume(nfs={"server": "s", "path": "a"}), ["Invalid volumes[0].nfs.path"]),
    (volume(iscsi={"targetPortal": "t", "iqn": "iqn.2001-04.com.example:a"}), []),
    (
        volume(iscsi={"lun": 256, "chapAuthSession": True, "initiatorName": ""}),
        [
            "Invalid volumes[0].iscsi.initiatorname",
            "Invalid volumes[0].iscsi.lun",
            "Required volumes[0].iscsi.iqn",
            "Required volumes[0].iscsi.secretRef",
            "Required volumes[0].iscsi.targetPortal",
        ],
    ),
    (volume(iscsi={"targetPortal": "t", "iqn": "x"}), ["Invalid volumes[0].iscsi.iqn"]),
    (volume(glusterfs={}), ["Required volumes[0].glusterfs.endpoints", "Required volumes[0].glusterfs.path"]),
    (volume(flocker={}), ["Required volumes[0].flocker"]),
    (
        volume(flocker={"datasetName": "a/b", "datasetUUID": "u"}),
        ["Invalid volumes[0].flocker", "Invalid volumes[0].flocker.datasetName"],
    ),
    (volume(cinder={"volumeID": "i", "secretRef": {}}), ["Required volumes[0].cinder.secretRef.name"]),
    (volume(quobyte={"volume": "v"}), ["Required volumes[0].quobyte.registry"]),
    (volume(quobyte={"volume": "v", "registry": "a:1", "tenant": "t" * 65}), ["Required volumes[0].quobyte.tenant"]),
    (volume(quobyte={"volume": "v", "registry": "a:1,b"}), ["Invalid volumes[0].quobyte.registry"]),
    (volume(quobyte={"volume": "v", "registry": "a:1,[::1]:2"}), []),
    (volume(fc={}), ["Required volumes[0].fc.targetWWNs"]),
    (volume(fc={"targetWWNs": ["a"]}), ["Required volumes[0].fc.lun"]),
    (
        volume(fc={"targetWWNs": ["a"], "wwids": ["b"], "lun": 300}),
        ["Invalid volumes[0].fc.lun", "Invalid volumes[0].fc.targetWWNs"],
    ),
    (
        volume(flexVolume={"driver": "d", "options": {"a.k8s.io/b": "c"}}),
        ["Invalid volumes[0].flexVolume.options[a.k8s.io/b]"],
    ),
    (
        volume(azureDisk={"diskName": "d", "diskURI": "u", "kind": "Managed", "cachingMode": "X"}),
        ["NotSupported volumes[0].azureDisk.cachingMode", "NotSupported volumes[0].azureDisk.diskURI"],
    ),
    (volume(azureDisk={"diskName": "d", "diskURI": "https://u"}), []),
    (volume(photonPersistentDisk={}), ["Required volumes[0].photonPersistentDisk.pdID"]),
    (volume(csi={"driver": ""}), ["Invalid volumes[0].csi.driver", "Required volumes[0].csi.driver"]),
    (
        volume(csi={"driver": "d" * 64, "nodePublishSecretRef": {}}),
        [
            "Required volumes[0].csi.nodePublishSecretRef.name",
            "TooLong volumes[0].csi.driver",
        ],
    ),
    (
        volume(csi={"driver": "d.e", "nodePublishSecretRef": {"name": "A"}}),
        ["Invalid volumes[0].csi.nodePublishSecretRef.name"],
    ),
    (
        volume(image={"pullPolicy": "Sometimes"}),
        ["NotSupported volumes[0].image.pullPolicy", "Required volumes[0].image.reference"],
    ),
    (volume(ephemeral={}), ["Required volumes[0].ephemeral.volumeClaimTemplate"]),
    (
        volume(
            ephemeral={"volumeClaimTemplate": {"metadata": {"labels": {"a b": ""}}, "spec": {"accessModes": ["X"]}}}
        ),
        [
            "Invalid volumes[0].ephemeral.volumeClaimTemplate.metadata.labels",
            "NotSupported volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes",
            "Required volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]",
        ],
    ),
    (volume(emptyDir={}, cephfs={}), ["Forbidden volumes[0].cephFS"]),
    (volume(emptyDir={}, downwardAPI={}), ["Forbidden volumes[0].downwarAPI"]),
    (
        volume(configMap={"name": "c"}, secret={}),
        ["Forbidden volumes[0].configMap", "Required volumes[0].secret.secretName"],
    ),
    (
        volume(secret={"secretName": "s", "items": [{"path": "../a", "mode": 512}]}),
        [
            "Invalid volumes[0].secret.items[0].mode",
            "Invalid volumes[0].secret.items[0].path",
            "Required volumes[0].secret.items[0].key",
        ],
    ),
    (
        volume(secret={"secretName": "s", "items": [{"key": "k", "path": "..a"}]}),
        ["Invalid volumes[0].secret.items[0].path"],
    ),
    (
        volume(downwardAPI={"items": [{"path": "/a", "mode": -1}]}),
        [
            "Invalid volumes[0].downwardAPI.mode",
            "Invalid volumes[0].downwardAPI.path",
            "Required volumes[0].downwardAPI",
        ],
    ),
    (
        volume(
            downwardAPI={
                "items": [{"fieldRef": {"fieldPath": "spec.nodeName"}, "resourceFieldRef": {"resource": "limits.cpu"}}]
            }
        ),
        [
            "Invalid volumes[0].downwardAPI",
            "NotSupported volumes[0].downwardAPI.fieldRef.fieldPath",
            "Required volumes[0].downwardAPI.path",
        ],
    ),
    (
        volume(downwardAPI={"items": [{"path": "a", "resourceFieldRef": {"resource": "limits.cpu"}}]}),
        ["Required volumes[0].downwardAPI.resourceFieldRef.containerName"],
    ),
    (projected({}), []),
    (
        projected({"secret": {"name": "a"}, "configMap": {}}),
        ["Forbidden volumes[0].projected.sources[0]", "Required volumes[0].projected.sources[0].configMap.name"],
    ),
    (
        projected({"secret": {"name": "a", "items": [{"key": "k", "path": "f"}]}}, {"downwardAPI": {"items": [FILE]}}),
        ["Invalid volumes[0].projected"],
    ),
    (
        projected({"downwardAPI": {"items": [{**FILE, "path": ""}]}}),
        ["Required volumes[0].projected.sources[0].downwardAPI.path"],
    ),
    (
        projected({"serviceAccountToken": {"expirationSeconds": 599}}),
        [
            "Invalid volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds",
            "Required volumes[0].projected.path",
        ],
    ),
    (projected({"serviceAccountToken": {"path": "/a"}}), ["Invalid volumes[0].projected.path"]),
    (projected({"clusterTrustBundle": {"path": "p"}}), ["Required volumes[0].projected.sources[0].clusterTrustBundle"]),
    (
        projected({"clusterTrustBundle": {"name": "n", "signerName": "s"}}),
        [
            "Invalid volumes[0].projected.sources[0].clusterTrustBundle",
            "Required volumes[0].projected.sources[0].clusterTrustBundle.path",
        ],
    ),
]

DATA: Final = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}, {"name": "e", "emptyDir": {}}]}


def mounted(*mounts: Any, devices: Any = (), **fields: Any) -> dict[str, Any]:
    return {**DATA, **container(volumeMounts=list(mounts), volumeDevices=list(devices), **fields)}


CONTAINERS: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (
        {"containers": [{"image": "a"}], "initContainers": [{"image": "a"}]},
        ["Duplicate initContainers[0].name", "Required containers[0].name", "Required initContainers[0].name"],
    ),
    (
        {"hostNetwork": True, **container(ports=[{"containerPort": 1, "hostPort": 2}])},
        ["Invalid containers[0].ports[0].hostPort"],
    ),
    (
        {
            "hostNetwork": True,
            "initContainers": [{"name": "i", "image": "a", "ports": [{"containerPort": 1, "hostPort": 2}]}],
        },
        [],
    ),
    (
        container(env=[{"name": "E", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a b']"}}}]),
        ["Invalid containers[0].env[0].valueFrom.fieldRef"],
    ),
    (
        container(env=[{"name": "E", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}}]),
        ["Invalid containers[0].env[0].valueFrom.resourceFieldRef.divisor"],
    ),
    (
        container(env=[{"name": "E", "valueFrom": {"resourceFieldRef": {"resource": ""}}}]),
        ["Required containers[0].env[0].valueFrom.resourceFieldRef.resource"],
    ),
    (
        container(env=[{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s"}}}]),
        ["Required containers[0].env[0].valueFrom.secretKeyRef.key"],
    ),
    (
        container(env=[{"name": "E", "valueFrom": {"fileKeyRef": {}}}]),
        [f"Required containers[0].env[0].valueFrom.fileKeyRef.{name}" for name in ("key", "path", "volumeName")],
    ),
    (
        container(envFrom=[{"prefix": "="}]),
        ["Invalid containers[0].envFrom", "Invalid containers[0].envFrom[0].prefix"],
    ),
    (
        container(livenessProbe={"httpGet": {"port": 80, "httpHeaders": [{"name": "a b"}]}}),
        ["Invalid containers[0].livenessProbe.httpGet.httpHeaders"],
    ),
    (
        container(resources={"claims": [{}, {"name": "c"}, {"name": "c"}]}),
        [
            "Duplicate containers[0].resources.claims[2]",
            "NotFound containers[0].resources.claims[1]",
            "NotFound containers[0].resources.claims[2]",
            "Required containers[0].resources.claims[0]",
        ],
    ),
    (
        {
            "resourceClaims": [{"name": "c", "resourceClaimName": "x"}],
            **container(resources={"claims": [{"name": "c", "request": "A"}, {"name": "c"}]}),
        },
        ["Duplicate containers[0].resources.claims[1]", "Invalid containers[0].resources.claims[0].request"],
    ),
    (
        {
            "resourceClaims": [
                {},
                {"name": "c", "resourceClaimName": "X"},
                {"name": "c", "resourceClaimTemplateName": "x"},
            ]
        },
        [
            "Duplicate resourceClaims[2].name",
            "Invalid resourceClaims[0]",
            "Invalid resourceClaims[1].resourceClaimName",
            "Required resourceClaims[0].name",
        ],
    ),
    (
        container(resources={"limits": {"requests.a.b/c": "1"}}),
        ["Invalid containers[0].resources.limits[requests.a.b/c]"],
    ),
    (
        container(resources={"limits": {"hugepages-x": "1"}}),
        ["Forbidden containers[0].resources", "Invalid containers[0].resources.limits[hugepages-x]"],
    ),
    (container(resources={"requests": {"a.b/c": "1"}}), ["Required containers[0].resources.limits"]),
    (
        container(resources={"limits": {"a.b/c": "1500m"}, "requests": {"a.b/c": "1"}}),
        ["Invalid containers[0].resources.limits[a.b/c]", "Invalid containers[0].resources.requests"],
    ),
    (
        {"resources": {"requests": {"cpu": "1m"}}, **container(resources={"requests": {"cpu": "1"}})},
        ["Invalid resources.requests[cpu]"],
    ),
    (
        mounted({"name": "v", "mountPath": "/a"}, devices=[{"name": "v", "devicePath": "/a"}]),
        [
            "Invalid containers[0].volumeDevices[0].devicePath",
            "Invalid containers[0].volumeDevices[0].name",
            "Invalid containers[0].volumeMounts[0].mountPath",
            "Invalid containers[0].volumeMounts[0].name",
        ],
    ),
    (
        mounted(devices=[{"name": "v", "devicePath": "/a/../b"}, {"name": "v", "devicePath": "/a/../b"}]),
        [
            "Invalid containers[0].volumeDevices[0].devicePath",
            "Invalid containers[0].volumeDevices[1].devicePath",
            "Invalid containers[0].volumeDevices[1].name",
        ],
    ),
    (
        mounted(devices=[{"name": "e", "devicePath": "/a"}, {}, {}]),
        [
            "Invalid containers[0].volumeDevices[0].name",
            "Invalid containers[0].volumeDevices[2].devicePath",
            *(
                f"{reason} containers[0].volumeDevices[{n}].{field}"
                for n in (1, 2)
                for reason, field in (("NotFound", "name"),)
            ),
            *(f"Required containers[0].volumeDevices[{n}].{field}" for n in (1, 2) for field in ("devicePath", "name")),
        ],
    ),
    (
        mounted({"name": "e", "mountPath": "/a", "subPath": "a", "subPathExpr": "/b"}),
        ["Invalid containers[0].volumeMounts.subPathExpr", "Invalid containers[0].volumeMounts[0].subPathExpr"],
    ),
    (
        mounted({"name": "e", "mountPath": "/a", "mountPropagation": "Bidirectional"}),
        ["Forbidden containers[0].volumeMounts.mountPropagation"],
    ),
    (
        mounted({"name": "e", "mountPath": "/a", "mountPropagation": "Up", "recursiveReadOnly": "Enabled"}),
        [
            "Forbidden containers[0].volumeMounts.recursiveReadOnly",
            "NotSupported containers[0].volumeMounts.mountPropagation",
        ],
    ),
    (
        mounted({"name": "e", "mountPath": "/a", "recursiveReadOnly": "Often"}),
        ["NotSupported containers[0].volumeMounts.recursiveReadOnly"],
    ),
    (mounted({"name": "e", "mountPath": "/a", "recursiveReadOnly": "Disabled"}), []),
    (
        {
            "ephemeralContainers": [
                {
                    "name": "a",
                    "image": " b",
                    "targetContainerName": "z",
                    "ports": [{"containerPort": 1}],
                    "restartPolicy": "Always",
                    "resources": {"limits": {"cpu": "1"}},
                    "volumeMounts": [{"name": "e", "mountPath": "/a", "subPath": "s"}],
                }
            ],
            **DATA,
        },
        [
            "Duplicate ephemeralContainers[0].name",
            "Forbidden ephemeralContainers",
            *(
                f"Forbidden ephemeralContainers[0].{field}"
                for field in ("ports", "resources", "restartPolicy", "volumeMounts[0].subPath")
            ),
            "Invalid ephemeralContainers[0].image",
            "NotFound ephemeralContainers[0].targetContainerName",
        ],
    ),
]

LOCAL: Final = {"type": "Localhost"}

SECURITY: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (security(seccompProfile={}), ["Required securityContext.seccompProfile.type"]),
    (
        security(seccompProfile={"type": "X", "localhostProfile": "a"}),
        ["Invalid securityContext.seccompProfile.localhostProfile", "NotSupported securityContext.seccompProfile.type"],
    ),
    (security(seccompProfile=LOCAL), ["Required securityContext.seccompProfile.localhostProfile"]),
    (security(seccompProfile={**LOCAL, "localhostProfile": ""}), []),
    (
        security(seccompProfile={**LOCAL, "localhostProfile": "../a"}),
        ["Invalid securityContext.seccompProfile.localhostProfile"],
    ),
    (
        security(appArmorProfile={"type": "X", "localhostProfile": "a"}),
        ["NotSupported securityContext.appArmorProfile.type"],
    ),
    (
        security(appArmorProfile={"type": "Unconfined", "localhostProfile": "a"}),
        ["Invalid securityContext.appArmorProfile.localhostProfile"],
    ),
    (
        security(appArmorProfile={**LOCAL, "localhostProfile": ""}),
        ["Required securityContext.appArmorProfile.localhostProfile"],
    ),
    (
        security(appArmorProfile={**LOCAL, "localhostProfile": f" {LONG}"}),
        [
            "Invalid securityContext.appArmorProfile.localhostProfile",
            "TooLong securityContext.appArmorProfile.localhostProfile",
        ],
    ),
    (
        security(fsGroupChangePolicy="X", supplementalGroups=[-1]),
        ["Invalid securityContext.supplementalGroups[0]", "NotSupported securityContext.fsGroupChangePolicy"],
    ),
    (
        {
            "hostNetwork": True,
            "hostIPC": True,
            **security(
                sysctls=[
                    {"name": "net/ipv4/x"},
                    {"name": "kernel.sem"},
                    {"name": "vm.x"},
                    {"name": "vm.x"},
                    {},
                    {"name": "A"},
                ]
            ),
        },
        [
            "Duplicate securityContext.sysctls[3].name",
            "Invalid securityContext.sysctls[0].name",
            "Invalid securityContext.sysctls[1].name",
            "Invalid securityContext.sysctls[5].name",
            "Required securityContext.sysctls[4].name",
        ],
    ),
    (
        {"hostUsers": False, "hostPID": True, "hostIPC": True, "hostNetwork": True},
        ["Forbidden HostIPC", "Forbidden HostPID", "Forbidden hostNetwork"],
    ),
    (
        container(securityContext={"allowPrivilegeEscalation": False, "privileged": True}),
        ["Invalid containers[0].securityContext"],
    ),
    (
        container(securityContext={"allowPrivilegeEscalation": False, "capabilities": {"add": ["CAP_SYS_ADMIN"]}}),
        ["Invalid containers[0].securityContext"],
    ),
    (container(securityContext={"procMount": "Unmasked"}), ["Invalid containers[0].securityContext.procMount"]),
    ({"os": {"name": "linux"}, **security(windowsOptions={})}, ["Forbidden securityContext.windowsOptions"]),
    (
        {
            "os": {"name": "windows"},
            "hostUsers": True,
            "shareProcessNamespace": False,
            **security(runAsUser=1, seLinuxChangePolicy="Recursive"),
            **container(securityContext={"procMount": "Default"}),
        },
        [
            "Forbidden containers[0].securityContext.procMount",
            "Forbidden hostUsers",
            "Forbidden securityContext.runAsUser",
            "Forbidden securityContext.seLinuxChangePolicy",
            "Forbidden shareProcessNamespace",
        ],
    ),
]

OTHERS: Final[list[tuple[dict[str, Any], list[str]]]] = [
    ({"preemptionPolicy": ""}, ["Required preemptionPolicy"]),
    ({"dnsPolicy": "None"}, ["Required dnsConfig"]),
    ({"dnsPolicy": "None", "dnsConfig": {}}, ["Required dnsConfig.nameservers"]),
    (
        {"dnsConfig": {"nameservers": ["1.1.1.1", "x", "::1", "::"], "options": [{}]}},
        ["Invalid dnsConfig.nameservers", "Invalid dnsConfig.nameservers[1]", "Required dnsConfig.options[0]"],
    ),
    ({"dnsConfig": {"searches": [".", "_a.b.", "A"]}}, ["Invalid dnsConfig.searches[2]"]),
    ({"dnsConfig": {"searches": ["a" * 62] * 33}}, ["Invalid dnsConfig.searches"]),
    (
        {"hostAliases": [{"ip": "1.2.3", "hostnames": ["a", "A"]}]},
        ["Invalid hostAliases[0].hostnames[1]", "Invalid hostAliases[0].ip"],
    ),
    (
        {"hostname": "A", "subdomain": "b.c", "nodeName": "n_"},
        ["Invalid hostname", "Invalid nodeName", "Invalid subdomain"],
    ),
]

PODS: Final[list[tuple[dict[str, Any], list[str]]]] = [
    ({"activeDeadlineSeconds": 2**31}, ["Invalid activeDeadlineSeconds"]),
    (
        {
            "restartPolicy": "Never",
            **container(
                resizePolicy=[
                    {"resourceName": "cpu", "restartPolicy": "RestartContainer"},
                    {"resourceName": "cpu", "restartPolicy": "X"},
                    {},
                ]
            ),
        },
        [
            "Duplicate containers[0].resizePolicy[1]",
            "Invalid containers[0].resizePolicy",
            "NotSupported containers[0].resizePolicy",
            "Required containers[0].resizePolicy",
        ],
    ),
    (container(image=" a"), ["Invalid containers[0].image"]),
    (
        {**projected({"serviceAccountToken": {"path": "a"}}), "serviceAccountName": ""},
        ["Forbidden volumes[0].projected.sources[0].serviceAccountToken"],
    ),
]


@pytest.mark.parametrize(("spec", "expected"), [*SCHEDULING, *VOLUMES, *CONTAINERS, *SECURITY, *OTHERS])
def test_the_rules_of_a_template(spec: dict[str, Any], expected: list[str]) -> None:
    """Each rule is reported with its reason, at its field."""
    labels = {"a": "b"}
    template = {"metadata": {"labels": labels}, "spec": pod(**spec)["spec"]}
    rs = {"metadata": {"name": "r"}, "spec": {"selector": {"matchLabels": labels}, "template": template}}
    paths = [cause.split(" ") for cause in expected if cause != "Forbidden nodeName"]

    assert sorted(f"{reason} spec.template.spec.{field}" for reason, field in paths) == causes("ReplicaSet", rs)


@pytest.mark.parametrize(("spec", "expected"), [*SCHEDULING, *VOLUMES, *SECURITY, *PODS])
def test_the_rules_of_a_pod(spec: dict[str, Any], expected: list[str]) -> None:
    """A Pod is held to the rules of templates, and to some of its own."""
    assert sorted(f"{reason} spec.{field}" for reason, field in (cause.split(" ") for cause in expected)) == causes(
        "Pod", pod(**spec)
    )


MIRROR: Final = "kubernetes.io/config.mirror"
COST: Final = "controller.kubernetes.io/pod-deletion-cost"
ARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({COST: "-5"}, []),
        ({COST: "+5"}, [f"[{COST}]"]),
        ({COST: ""}, [f"[{COST}]"]),
        ({COST: "9" * 5000}, [f"[{COST}]"]),
        ({MIRROR: "x"}, [f"[{MIRROR}]"]),
        ({f"{ARMOR}a": "runtime/default"}, []),
        ({f"{ARMOR}a": "localhost/x"}, []),
        ({f"{ARMOR}a": "x"}, [f"[{ARMOR}a]"]),
        ({f"{ARMOR}b": "unconfined"}, [f"[{ARMOR}b]"]),
    ],
)
def test_annotations_that_mean_something_to_a_pod(annotations: dict[str, str], expected: list[str]) -> None:
    """A deletion cost is a number, a mirror pod is bound, and AppArmor is for a container that there is."""
    template = {**pod(annotations), "metadata": {"labels": {"a": "b"}, "annotations": annotations}}
    rs = {"metadata": {"name": "r"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}}

    assert [f"Invalid metadata.annotations{key}" for key in expected] == causes("Pod", pod(annotations))
    assert [f"Invalid spec.template.annotations{key}" for key in expected] == causes("ReplicaSet", rs)
