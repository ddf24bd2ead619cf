"""Uses of units that a rule asks for by name."""

DWELLING = "dwelling"
