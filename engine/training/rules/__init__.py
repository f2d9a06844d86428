"""The rules of the run doctor, one file each."""
