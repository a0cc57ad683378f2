"""Permissions of the local cloud: what a role's session asks for is decided by the policies that apply, as in AWS."""
