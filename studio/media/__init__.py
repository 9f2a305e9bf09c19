"""What travels on the frame path: pictures, sound, packets, and the clock."""
