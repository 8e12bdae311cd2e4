"""The preview, as a process that is asked over real sockets."""
