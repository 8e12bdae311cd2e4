"""The command line: arguments, exit codes, and the fast path for a build that has nothing to do."""
