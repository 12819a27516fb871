"""The page that donates, built once."""

from pathlib import Path

import pytest

from tests.pyodide.donor_page import build_donor_site


@pytest.fixture(scope="session")
def donor_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its site."""
    return build_donor_site(tmp_path_factory.mktemp("donor"))
