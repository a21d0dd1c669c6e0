"""SQLModel tables, migrations, queries and the change feed. The only room that speaks SQL."""
