"""The import pages: the list, the upload, the columns, the progress and the report."""
