"""Scheduler, kubelets and the lifecycle of nodes: reconcilers of the same shape."""
