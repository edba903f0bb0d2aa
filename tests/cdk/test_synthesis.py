"""Templates are made once for a plan, in another process, and again when something changed."""

import subprocess
import sys

import pytest

from fastscale import names, profiles
from fastscale.cdk import synthesis
from fastscale.cdk.synthesis import synthesize
from fastscale.errors import PlanError
from fastscale.plan import LoadBalancer


def template(directory):
    return directory / f"{names.STACK_AUTO_SCALING}.template.json"


@pytest.fixture
def made(reference, tmp_path):
    """A directory with a template of the reference profile, as a former run left it."""
    for path in (template(reference.directory), reference.directory / synthesis.STAMP):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_a_second_run_keeps_what_the_first_made(reference, made):
    before = template(made).stat().st_mtime_ns
    assert synthesize(reference.plan, made) == made
    assert template(made).stat().st_mtime_ns == before


def test_a_changed_plan_is_synthesized_again(reference, made):
    smaller = reference.plan.scaling.model_copy(update={"max_capacity": 7})
    assert '"MaxCapacity": 7,' not in template(made).read_text()
    synthesize(reference.plan.model_copy(update={"scaling": smaller}), made)
    assert '"MaxCapacity": 7,' in template(made).read_text()


def test_templates_of_an_interrupted_run_are_not_trusted(reference, made, monkeypatch):
    (made / synthesis.STAMP).unlink()
    run = []
    monkeypatch.setattr(synthesis, "_run", lambda plan, out_dir: run.append((plan, out_dir)))
    synthesize(reference.plan, made)
    assert run == [(reference.plan, made)]
    assert (made / synthesis.STAMP).exists()


def test_a_plan_that_the_cdk_refuses_is_one_line(tmp_path):
    plan = profiles.reference()
    wrong = plan.model_copy(update={"load_balancer": LoadBalancer(name="a-name-that-is-longer-than-elb-allows")})
    with pytest.raises(PlanError, match=r"^the CDK refused the stacks: [^\n]+$"):
        synthesize(wrong, tmp_path)
    assert not (tmp_path / synthesis.STAMP).exists()


def test_the_asking_process_does_not_load_the_cdk():
    look = "import sys, fastscale.cdk.synthesis; print('aws_cdk' in sys.modules, 'jsii' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
