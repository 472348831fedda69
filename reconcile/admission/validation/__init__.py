"""Validation: everything that is wrong with an object, as causes (contract api 5.3, 6 and 7).

Each module yields the causes of one part. Fields are paths from the root of the object, except in the pod modules,
where they are relative to the pod spec: the same checks serve Pods and templates at any depth.
"""
