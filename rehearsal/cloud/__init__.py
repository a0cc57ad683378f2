"""The local cloud: a moto server of its own process, with what moto lacks added beside it."""
