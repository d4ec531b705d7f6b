"""The method, step by step: correlation, extraction, rotation, flags, scores, contrasts; `qmethod.method.pipeline` puts them together."""
