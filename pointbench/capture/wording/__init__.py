"""Instructions that fit one thing on the picture alone, and things that are not there."""
