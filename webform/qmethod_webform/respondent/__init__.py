"""The journey of a respondent: from the welcome to the thanks, and the way back out."""
