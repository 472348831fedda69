"""Controllers: pure functions from an object and a view to actions."""
