"""How replies look to a person."""
