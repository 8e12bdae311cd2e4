"""What subscribers have and what they will see: feeds as they read them, before and after a build."""
