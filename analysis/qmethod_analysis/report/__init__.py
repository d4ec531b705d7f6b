"""Writers of reports and what they show."""
