"""Fixtures of the retrieval tests. The doubles are in fakes_retrieval.py, loaded here by path."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
