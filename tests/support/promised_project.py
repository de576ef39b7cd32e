"""A project whose tests check promises."""

from __future__ import annotations

CONFTEST = """
from tests.support.promise_plugin import PromisePlugin, add_option

def pytest_addoption(parser):
    add_option(parser)

def pytest_configure(config):
    config.addinivalue_line("markers", "promise(*names): ...")
    config.addinivalue_line("markers", "only_on(system): ...")
    config.pluginmanager.register(PromisePlugin(config))
"""
