"""The pages as a browser without JavaScript sees them."""
