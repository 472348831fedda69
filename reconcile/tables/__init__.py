"""What kubectl prints: tables, documents and descriptions, as pure functions of objects and the time."""
