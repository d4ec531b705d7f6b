"""Steps from one shape of the tables to the next, run by `qmethod_studies.store.schema`."""
