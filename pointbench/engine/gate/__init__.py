"""Gates: whether a model does as well as a stored run, decided while it is asked."""
