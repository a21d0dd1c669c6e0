"""Widgets: data in through reactives, intent out through messages; they know no service."""
