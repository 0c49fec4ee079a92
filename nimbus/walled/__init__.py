"""The app role's database backend: PostgreSQL, told who asks."""
