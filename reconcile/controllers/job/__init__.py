"""Job: run pods until enough of them have succeeded.

The parts, in the order in which a sync comes to them (contract job; section numbers in comments refer to it):

    plan         the order of decisions
    claimed      which pods count
    tally        what they add up to
    policy       what a failure means, and when enough has succeeded
    terminal     whether the Job is over
    manage       whether pods are removed or made: `removal`, `creation`
    conditions   how the status says what became of the Job
    flush        writing the status and letting counted pods go
"""
