"""The local server of the feeds, as the agencies' sites."""

from tests.mlrisk.sources.live.conftest import client, make_client, make_policy, server

__all__ = ["client", "make_client", "make_policy", "server"]
