"""Formats that are written, one module each: to be in this folder is to be registered.

A module holds a value `WRITER`: a `qmethod.formats.writer.SortsWriter` or a `qmethod.formats.writer.SolutionWriter`.
"""
