"""`kubectl set`: images, environment and resources of pods and of whatever has a pod template."""
