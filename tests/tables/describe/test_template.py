"""The pod template as text."""

from typing import Any

from reconcile.tables.describe import pod_template_lines
from reconcile.tables.describe.lines import finished


def test_template_of_a_revision() -> None:
    """What a real `kubectl rollout history --revision` printed, tabs and all."""
    template = {
        "metadata": {
            "labels": {"run": "nginx", "pod-template-hash": "5b6dc6567c"},
            "annotations": {"kubernetes.io/change-cause": "kubectl apply --record=true --filename=mydeploy.yaml"},
        },
        "spec": {"containers": [{"name": "nginx", "image": "nginx:1.7.9"}]},
    }
    expected = """\
Pod Template:
  Labels:\tpod-template-hash=5b6dc6567c
\trun=nginx
  Annotations:\tkubernetes.io/change-cause: kubectl apply --record=true --filename=mydeploy.yaml
  Containers:
   nginx:
    Image:\tnginx:1.7.9
    Port:\t<none>
    Host Port:\t<none>
    Environment:\t<none>
    Mounts:\t<none>
  Volumes:\t<none>
  Node-Selectors:\t<none>
  Tolerations:\t<none>"""

    assert expected == "\n".join(pod_template_lines(template))


def _everything() -> dict[str, Any]:
    container = {
        "name": "app",
        "image": "web:1",
        "ports": [{"containerPort": 80}, {"containerPort": 53, "hostPort": 5353, "protocol": "UDP"}],
        "command": ["sh", "-c", "one\ntwo"],
        "args": ["x"],
        "resources": {"limits": {"memory": "1Gi", "cpu": "1500m"}, "requests": {"cpu": "1"}},
        "livenessProbe": {"httpGet": {"path": "/ok", "port": 80, "scheme": "HTTP"}, "initialDelaySeconds": 3},
        "readinessProbe": {"exec": {"command": ["cat", "/ok"]}},
        "startupProbe": {"grpc": {"port": 9, "service": "s"}},
        "envFrom": [{"configMapRef": {"name": "c"}}, {"prefix": "P_", "secretRef": {"name": "s", "optional": True}}],
        "env": [
            {"name": "A", "value": "1\n2"},
            {"name": "B", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
            {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
            {"name": "D", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            {"name": "E", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k", "optional": True}}},
        ],
        "volumeMounts": [
            {"name": "b", "mountPath": "/b", "readOnly": True},
            {"name": "a", "mountPath": "/a", "subPath": "p"},
        ],
        "volumeDevices": [{"name": "d", "devicePath": "/dev/d"}],
        "securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "p.json"}},
    }
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "serviceAccountName": "sa",
            "initContainers": [{"name": "init", "image": "i"}],
            "containers": [container],
            "volumes": [
                {"name": "a", "emptyDir": {"sizeLimit": "1Gi"}},
                {"name": "b", "secret": {"secretName": "s", "optional": True}},
                {"name": "p", "projected": {"sources": [{"serviceAccountToken": {}}, {"downwardAPI": {}}]}},
                {"name": "w", "downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
                {"name": "q", "quobyte": {}},
            ],
            "priorityClassName": "high",
            "nodeSelector": {"disk": "ssd"},
            "tolerations": [{"operator": "Exists"}, {"key": "a", "value": "b", "effect": "NoSchedule"}],
        },
    }


def test_everything_in_a_template() -> None:
    """Each field has its place, aligned with its neighbours only."""
    expected = """\
Pod Template:
  Labels:           app=web
  Service Account:  sa
  Init Containers:
   init:
    Image:        i
    Port:         <none>
    Host Port:    <none>
    Environment:  <none>
    Mounts:       <none>
  Containers:
   app:
    Image:               web:1
    Ports:               80/TCP, 53/UDP
    Host Ports:          0/TCP, 5353/UDP
    SeccompProfile:      Localhost
      LocalhostProfile:  p.json
    Command:
      sh
      -c
      one
      two
    Args:
      x
    Limits:
      cpu:     1500m
      memory:  1Gi
    Requests:
      cpu:      1
    Liveness:   http-get http://:80/ok delay=3s timeout=1s period=10s #success=1 #failure=3
    Readiness:  exec [cat /ok] delay=0s timeout=1s period=10s #success=1 #failure=3
    Startup:    grpc <pod>:9 s delay=0s timeout=1s period=10s #success=1 #failure=3
    Environment Variables from:
      c  ConfigMap                Optional: false
      s  Secret with prefix 'P_'  Optional: true
    Environment:
      A:  1
          2
      B:   (v1:metadata.name)
      C:  2 (limits.cpu)
      D:  <set to the key 'k' in secret 's'>      Optional: false
      E:  <set to the key 'k' of config map 'c'>  Optional: true
    Mounts:
      /a from a (rw,path="p")
      /b from b (ro)
    Devices:
      /dev/d from d
  Volumes:
   a:
    Type:       EmptyDir (a temporary directory that shares a pod's lifetime)
    Medium:    \x20
    SizeLimit:  1Gi
   b:
    Type:        Secret (a volume populated by a Secret)
    SecretName:  s
    Optional:    true
   p:
    Type:                    Projected (a volume that contains injected data from multiple sources)
    TokenExpirationSeconds:  3600
    DownwardAPI:             true
   w:
    Type:  DownwardAPI (a volume populated by information about the pod)
    Items:
      metadata.labels -> l
   q:
  <unknown>
  Priority Class Name:  high
  Node-Selectors:       disk=ssd
  Tolerations:          op=Exists
                        a=b:NoSchedule
"""

    actual = finished(pod_template_lines(_everything()))
    assert expected == actual


def test_no_template() -> None:
    """A workload without a template says so."""
    assert pod_template_lines(None) == ["Pod Template:", "  <unset>"]
