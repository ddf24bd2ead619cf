"""Uses of units that rules refer to by name."""

DWELLING = "dwelling"
