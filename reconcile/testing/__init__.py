"""What others use to test their controllers, and we ours."""
