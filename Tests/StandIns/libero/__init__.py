"""Stands in for LIBERO, whose assets come from the hub: the same interface, two suites, three tasks."""
