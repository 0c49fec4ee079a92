"""Batches, pages and results over HTTP. docs/api.md is the contract."""
