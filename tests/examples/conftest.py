import pytest

from tests.examples.example import Example


@pytest.fixture(scope="session")
def adopted(tmp_path_factory) -> Example:
    return Example("adopt_in_one_line", "ShopStack", "Shop", tmp_path_factory.mktemp("adopted"))


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory) -> Example:
    return Example("made_elsewhere", "ScalingStack", "ShopScaling", tmp_path_factory.mktemp("elsewhere"))
