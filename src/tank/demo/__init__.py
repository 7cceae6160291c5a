"""Data to try Tank with: an invented card company, its customers, and their statements."""

from tank.demo.make import DemoData, make_demo

__all__ = ["DemoData", "make_demo"]
