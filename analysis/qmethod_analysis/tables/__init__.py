"""An analysis as tables, CSV and JSON."""
