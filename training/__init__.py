"""Trains, calibrates, evaluates and exports models for `stance`; `stance` never imports it."""
