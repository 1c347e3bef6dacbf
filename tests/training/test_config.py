import pytest

from tests.conftest import ROOT
from training.config import load_config
from training.errors import ConfigError

SMOKE = ROOT / "configs" / "smoke.yaml"
CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.yaml") if path.name != "actors.yaml")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_loads_and_is_short(path):
    config = load_config(path)
    assert config.name == path.stem
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40


FAULTS = [
    ("sed=3", "sed: unknown key; did you mean seed?"),
    ("loss.stanc=1", "loss.stanc: unknown key; did you mean stance?"),
    ("sources.own.wieght=1", "sources.own.wieght: unknown key; did you mean weight?"),
    (
        "max_tokens=many",
        "max_tokens: Input should be a valid integer, unable to parse string as an integer, got 'many'",
    ),
    ("dropout=2", "dropout: Input should be less than 1, got 2"),
    ("sources.own.format=xml", "sources.own.format: Input should be"),
    ("trainer.num_train_epoch=1", "trainer.num_train_epoch: unknown key; did you mean num_train_epochs?"),
    ("trainer.bf16=perhaps", "trainer.bf16: Input should be a valid boolean"),
    ("trainer.learning_rate=fast", "trainer.learning_rate: Input should be a valid number"),
    ("trainer.seed=1", "trainer.seed: set by the run itself; leave it out"),
    ("encoder={model: x, init: random}", "encoder: Value error, init: random is for an encoder"),
    (
        "sources={own: {format: grammar, dev_percent: 5}}",
        "sources.own: Value error, format grammar does not use dev_percent",
    ),
    ("encoder.hub=x/y", "encoder: Value error, exactly one of package, path, hub, model expected"),
    ("overlap=95", "config: Value error, overlap 95 leaves no step in windows of 96 tokens"),
    ("name.first=x", "--set name.first: no such setting"),
    ("name", "--set name: KEY=VALUE expected"),
]


@pytest.mark.parametrize(("override", "message"), FAULTS, ids=[override for override, _ in FAULTS])
def test_fault_is_named_by_its_dotted_path(override, message):
    with pytest.raises(ConfigError) as caught:
        load_config(SMOKE, [override])
    assert message in str(caught.value)


def test_all_faults_come_at_once():
    with pytest.raises(ConfigError) as caught:
        load_config(SMOKE, ["sed=3", "max_tokens=many", "trainer.bf16=perhaps"])
    assert len(str(caught.value).splitlines()) == 3


def test_number_that_yaml_takes_for_text():
    assert load_config(SMOKE, ["trainer.learning_rate=1e-5"]).trainer["learning_rate"] == 1e-5


def test_override_reaches_the_trainer():
    assert load_config(SMOKE, ["trainer.num_train_epochs=1"]).trainer["num_train_epochs"] == 1


@pytest.mark.parametrize(("content", "message"), [("a: [", "cannot be read as YAML"), ("- a", "a mapping of settings")])
def test_file_that_is_no_config(tmp_path, content, message):
    path = tmp_path / "c.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message):
        load_config(path)
