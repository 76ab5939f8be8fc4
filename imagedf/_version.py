"""The version, where no other module has to be imported for it."""

__version__ = "0.1.0"
