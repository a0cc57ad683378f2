"""Moves tables from one MySQL server to another, by way of the lake, and loses nothing."""
