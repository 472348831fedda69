"""`kubectl rollout`: how an update gets on, what there was before, back to it, and holding it."""
