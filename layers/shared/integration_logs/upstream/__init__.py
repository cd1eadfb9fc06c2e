"""Sendcloud's and WeMaSy's APIs over HTTP."""
