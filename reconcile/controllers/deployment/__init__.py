"""Deployment: bring the pods of a template from what it was to what it is, a few at a time, and be able to go back.

A module for each thing a sync may do, in the order in which a sync meets them:

    replicasets  which ReplicaSets are the Deployment's, which is the new one, and its revision
    creation     the new ReplicaSet, when there is none
    scaling      the Deployment's size changed, or it is paused
    rollback     an annotation asks for an older template
    rolling      strategy RollingUpdate
    recreate     strategy Recreate
    status       what is reported, and (progress) whether the rollout gets anywhere

`plan` puts them together. The others are what these share: `annotations`, `conditions`, `sizes`, `history`, `answers`.
Contract: deployment (section numbers in comments refer to it).
"""
