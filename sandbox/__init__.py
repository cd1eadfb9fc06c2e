"""Everything a laptop needs to run the whole product without any vendor account."""
