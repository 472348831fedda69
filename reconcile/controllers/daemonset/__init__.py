"""DaemonSet: one pod on every node that takes it.

plan      one sync, in the order of its steps, and what wakes it
claimed   which pods are its own
history   the revision that is wanted, and those that are history
manage    which nodes lack a pod, and which pods have to go whatever their revision
rolling   replacing pods of old revisions
carry     making and removing the pods that these two name
status    what is reported
backoff   how long a node whose pod failed has to wait
"""
