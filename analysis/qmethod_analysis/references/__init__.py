"""What the method rests on: every publication once, which convention rests on which, and how references are written."""
