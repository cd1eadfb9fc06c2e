"""What the API's routes answer from what checks have left."""
