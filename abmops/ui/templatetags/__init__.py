"""The tag library `{% load ui %}`."""
