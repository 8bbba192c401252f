"""Fleets: many machines in a table on the terminal, or on a page for a browser."""

from vmspec.cli.output.fleet.machines import Machine, machines_of

__all__ = ["Machine", "machines_of"]
