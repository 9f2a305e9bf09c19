"""The engine: makes actual equal to wanted; clock, compose, mix, encode, fan out."""
