"""The command line: a skin over the library. One file a verb: parse, call, print, exit code."""
