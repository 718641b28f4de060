"""The generator: Nano Banana at kie.ai. `wire` is its language, `client` speaks it over HTTP."""
