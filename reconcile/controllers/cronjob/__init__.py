"""CronJob: start a Job whenever its schedule says so.

The parts, in the order in which a sync comes to them (contract cronjob; section numbers in comments refer to it):

    plan      the order of decisions, and when to look again
    draft     what becomes of the CronJob in the course of a sync
    history   old finished Jobs go
    active    the list of active Jobs is brought up to date
    start     whether the run that is due starts, and as which Job

Which run is due is told by `reconcile.controllers._slots`, what a schedule means by `reconcile.model.schedule`.
"""
