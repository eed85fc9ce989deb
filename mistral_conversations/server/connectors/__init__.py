"""The connectors of `LocalServer`, whose tools are functions of the user."""
