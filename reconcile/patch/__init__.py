"""Patches as pure functions over JSON: strategic merge, merge, JSON patch, and the difference that kubectl sends."""
