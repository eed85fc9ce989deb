"""Display of an answer while it is written: in a notebook's cell, or as text."""
