"""StatefulSet: pods with names of their own, each with its claims, one revision after the other."""
