"""Ways in which an earlier model goes on learning, one file each."""
