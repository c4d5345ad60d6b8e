"""Configuration: TOML in, one frozen ``Config`` out, or one sentence that says where and what to do."""
