"""Distances of the planets from the sun."""

DISTANCE = {"Mercury": 0.39, "Venus": 0.72, "Earth": 1.0, "Mars": 1.52}


def light_minutes(planet):
    """How long light takes from the sun to a planet."""
    return DISTANCE[planet] * 8.317


if __name__ == "__main__":
    for name in DISTANCE:
        print(f"{name:8} {light_minutes(name):6.2f} min")
