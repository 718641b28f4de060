"""What survives a restart: tasks and updates in a database, pictures in a folder or bucket."""
