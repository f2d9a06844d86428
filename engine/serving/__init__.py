"""A server on this machine that speaks as OpenAI's does, for a run or all runs of a project."""
