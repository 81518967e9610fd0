"""The nouns of the gate: frozen dataclasses, standard library only, no input or output."""
