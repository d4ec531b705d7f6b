"""Whose view is whose: new sorts and the viewpoints of a study, how sure that is, and the few statements that tell it."""
