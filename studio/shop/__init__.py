"""What is sold: products, prices, stock, orders."""
