"""How near a case is to its last day: the names of the levels, which commands and routes offer without loading the rules."""

GREEN, YELLOW, RED = "green", "yellow", "red"
