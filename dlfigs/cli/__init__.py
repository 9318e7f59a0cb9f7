"""The command `dlfigs`."""
