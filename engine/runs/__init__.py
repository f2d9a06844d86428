"""The run folder: settings, log, inbox, checkpoints."""
