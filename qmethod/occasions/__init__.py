"""The same people on two occasions: who sorts otherwise, where statements go, and which way people move, chance controlled."""
