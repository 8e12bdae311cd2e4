"""The feeds read back by code that is not ours: libraries, and programs that people subscribe with."""
