"""Reading: from a file to sections and passages."""
