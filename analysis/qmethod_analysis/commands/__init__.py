"""The commands of ``qmethod``, one module each."""
