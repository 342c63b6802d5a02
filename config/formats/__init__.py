"""How dates are written on the pages, where Django's own way is not ours."""
