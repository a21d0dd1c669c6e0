"""Pure functions from service values to rows and text; no App needed to test them."""
