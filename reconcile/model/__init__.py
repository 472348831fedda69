"""Objects and values: frozen, typed, without any effect."""
