"""What is drawn on a picture: cards, price tags, title bars, the slate."""
