"""Recurrent nets: Elman, LSTM and GRU."""
