"""The embedded services: PostgreSQL and Valkey from their wheels, started by our own code.

`paths` says where things lie, `processes` starts and stops, `postgres`, `roles` and `valkey` are the two
services, `secretfile` keeps the first start's secrets, `supervisor` watches children, `startup` and `server`
are ./script/server, and `testing` gives each test run its own database.
"""
