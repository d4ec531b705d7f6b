"""Formats of files with sorts: each module here is one, and to be here is to be registered.

A module holds a value `FORMAT` of `qmethod.formats.registry.Format`; its docstring says what such a file looks like, byte by byte where that matters.
A library that only this format needs is imported when a file is read, not before.
"""
