"""The operator's command line. Modules with commands import what is heavy inside them: `--help` is quick."""
