"""Recovery of lost answers: wait, read the history, decide; nothing is sent again."""
