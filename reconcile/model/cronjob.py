"""CronJobs, as controllers see them."""

from attrs import frozen

from reconcile.model.resource import Resource


@frozen
class CronJob(Resource):
    """A CronJob."""
