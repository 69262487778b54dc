"""Reads across tables. One module a question's family; import the module you need."""
