"""What commands do apart from building."""
