"""The rehearsal: plays the whole pipeline on one machine, against a local cloud, before anything is pushed."""
