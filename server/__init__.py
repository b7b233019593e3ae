"""The door: settings, command line, HTTP."""
