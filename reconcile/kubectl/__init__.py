"""The verbs of kubectl, as functions from a cluster to a cluster and what is printed."""
