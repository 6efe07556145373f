"""Runs the workflows' own shell steps against the sandbox: python steps.py PATH-TO-HCCTL.

Every `run:` step that calls hcctl is read out of the YAML and must have a case here; a case without its step fails too.
hcctl is the real one, on a served sandbox; the runner's other programs are stand_ins.py's. A verb that this hcctl does not
have yet is told of, and its case begins to count by itself once the verb is there.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import yaml

import stand_ins

ROOT = pathlib.Path(__file__).resolve().parents[2]
HCCTL = pathlib.Path(sys.argv[1]).resolve()
VERBS = "adopt|apply|audit|bootstrap|cost|deploy|destroy|doctor|drift|history|logs|plan|push|rollback|status|unlock|validate"
# hcctl as a command, however it is reached; not as a package's or a file's name.
CALL = re.compile(rf'(?:^|[\s;|&({{"/])hcctl"?\s+(?:--version|(?:{VERBS})\b)', re.MULTILINE)
FILES = [*sorted((ROOT / ".github/workflows").glob("*.yml")), *sorted((ROOT / ".github/actions").glob("*/action.yml"))]


def steps():
    """Every `run:` step by `FILE/JOB/NAME`, with the variables of its job and its own."""
    found = {}
    for path in FILES:
        document = yaml.safe_load(path.read_text())
        if "runs" in document:
            jobs = {path.parent.name: document["runs"]}
        else:
            jobs = document["jobs"]
        for name, job in jobs.items():
            for number, step in enumerate(job["steps"]):
                if "run" in step:
                    key = f"{path.stem}/{name}/{step.get('name', number)}"
                    assert key not in found, f"two steps are called {key}"
                    env = {**job.get("env", {}), **step.get("env", {})}
                    found[key] = {"run": step["run"], "env": env}
    return found


class Context(dict):
    """A context of GitHub's: what it does not have is empty."""

    def __getattr__(self, name):
        return self.get(name, "")


def filled(key, name, **contexts):
    """What GitHub makes of an expression of `&&`, `||`, `==` and contexts; of those, Python's words mean the same."""
    whole = re.fullmatch(r"\$\{\{(.*)\}\}", STEPS[key]["env"][name].strip(), re.DOTALL)
    words = whole[1].replace("&&", " and ").replace("||", " or ").split()
    return eval(" ".join(words), {}, {context: Context(values) for context, values in contexts.items()})


class Runner:
    """A machine of GitHub's: a checkout, its variables, the stand-ins on PATH, and a served sandbox as AWS."""

    def __init__(self, directory, url):
        self.dir = directory
        self.work = directory / "work"
        self.temp = directory / "temp"
        self.bin = directory / "bin"
        for each in (self.work, self.temp, self.bin, directory / "home", directory / "tmp", directory / "artifacts"):
            each.mkdir()
        shutil.copytree(ROOT / "environments", self.work / "environments")
        shutil.copytree(ROOT / ".github", self.work / ".github")
        for dockerfile in ROOT.glob("Dockerfile.*"):
            shutil.copy(dockerfile, self.work)
        stand_ins.install(self.bin)
        shutil.copy(HCCTL, self.bin / "hcctl")
        (self.temp / "event.json").write_text("{}")
        self.env = {
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(directory / "home"),
            "TMPDIR": str(directory / "tmp"),
            "STAND_INS": str(directory),
            "AWS_ENDPOINT_URL": url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CI": "true",
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "GITHUB_REPOSITORY": "care/hospital",
            "GITHUB_RUN_ID": "100",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "GITHUB_PATH": str(self.temp / "path"),
            "GITHUB_ENV": str(self.temp / "env"),
            "GITHUB_ACTION_PATH": str(self.work / ".github/actions/setup-hcctl"),
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://actions.invalid/token?version=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-jobs-own-token",
        }
        self.answer({})
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "one")
        self.env["GITHUB_SHA"] = self.git("rev-parse", "HEAD")

    def git(self, *arguments):
        who = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
        done = subprocess.run(["git", *who, *arguments], cwd=self.work, env=self.env, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def answer(self, answers):
        """What `gh api` gets, by path."""
        (self.dir / "answers.json").write_text(json.dumps(answers))

    def step(self, key, given=None, code=0, more=None):
        """Runs a step as GitHub does. `given` must name exactly the variables that an expression fills."""
        step = STEPS[key]
        given = given or {}
        computed = {name for name, value in step["env"].items() if "${{" in str(value)}
        assert computed == set(given), f"{key}: its expressions fill {sorted(computed)}, the case gives {sorted(given)}"
        assert "${{" not in step["run"], f"{key}: an expression in a script is an injection"
        env = {**self.env, **{name: str(value) for name, value in step["env"].items()}, **given, **(more or {})}
        (self.temp / "script.sh").write_text(step["run"])
        for name in ("summary", "path", "env"):
            (self.temp / name).write_text("")
        (self.dir / "calls.jsonl").write_text("")
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(self.temp / "script.sh")]
        done = subprocess.run(command, cwd=self.work, env=env, capture_output=True, text=True, timeout=600, check=False)
        told = f"{key} ended with {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == code, told
        RAN.add(key)
        return done

    def calls(self, program):
        """The calls of a stand-in during the last step."""
        calls = [json.loads(line) for line in (self.dir / "calls.jsonl").read_text().splitlines()]
        return [call for call in calls if call["program"] == program]

    def summary(self):
        return (self.temp / "summary").read_text()


STEPS = steps()
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in FILES if path.parent.name == "workflows"}
RAN, WAITING = set(), set()
ROLE = "arn:aws:iam::123456789012:role/hcctl/plan"
PLAN_ROLES = {"HCCTL_PLAN_ROLE_DEV": ROLE, "HCCTL_PLAN_ROLE_PROD": ROLE.replace("plan", "prod-plan")}
RUN_URL = "https://github.com/care/hospital/actions/runs/100"


def has(verb):
    """Whether this hcctl has a verb."""
    return subprocess.run([HCCTL, verb, "--help"], capture_output=True, check=False).returncode == 0


def needs(verb, *keys):
    """Whether the steps can run; if not they are told of."""
    if has(verb):
        return True
    for key in keys:
        assert key in STEPS, key
        WAITING.add((key, verb))
    return False


def writes(calls):
    """`METHOD PATH` of the calls of `gh api` that change something."""
    found = []
    for call in calls:
        words = call["arguments"]
        if "--method" in words:
            path = next(word for word in words if word.startswith("repos/"))
            found.append(f"{words[words.index('--method') + 1]} {path}")
    return found


def arranged(_runner):
    """What GitHub itself makes of the files: required checks, who waits for whom, and who may write."""
    for name in ("infrastructure", "ci"):
        # YAML takes `on` for a truth.
        trigger = WORKFLOWS[name][True]["pull_request"] or {}
        assert not {"paths", "paths-ignore"} & set(trigger), f"{name}: a required check that is filtered out never comes"
    jobs = {f"{name}/{job}": of for name, workflow in WORKFLOWS.items() for job, of in workflow["jobs"].items()}
    writers = {"infrastructure/apply", "application/dev", "application/deploy", "application/rollback"}
    sharing = {key for key, job in jobs.items() if str(job.get("concurrency", {}).get("group", "")).startswith("hcctl-")}
    assert sharing == writers, sharing
    for key in writers:
        waits = jobs[key]["concurrency"]
        assert waits["queue"] == "max" and waits["cancel-in-progress"] is False, f"{key} cancels one that waits"
    # By hand every run has a group of its own; those of a push to main share one.
    group = WORKFLOWS["application"]["concurrency"]["group"]
    assert group == "application-${{ github.event_name == 'push' && github.ref || github.run_id }}", group
    for key, job in jobs.items():
        may = {name for name, what in job["permissions"].items() if what == "write"}
        if key.startswith("release/") and may:
            runs = [step.get("run", "") for step in job["steps"]]
            assert not any("cargo" in run for run in runs), f"{key} may write {sorted(may)} and runs what others wrote"


def setting_up(runner):
    """From source, from a release, and from a release that somebody tampered with."""
    install, sign_in = (f"action/setup-hcctl/{name}" for name in ("Install hcctl", "Let hcctl sign in by itself"))
    given = {"GH_TOKEN": "t", "HCCTL_VERSION": "", "HCCTL_REPOSITORY": "care/hcctl"}
    source = {"CARGO_TARGET_DIR": str(runner.dir / "built")}
    done = runner.step(install, given, more=source)
    assert "hcctl 0." in done.stdout, done.stdout
    assert runner.calls("cargo")[0]["arguments"] == ["build", "--release", "--locked", "--package", "hcctl"]
    path = pathlib.Path((runner.temp / "path").read_text().strip())
    assert (path / "hcctl").is_file(), path

    release = runner.dir / "releases/v9"
    release.mkdir(parents=True)
    archive = "hcctl-v9-linux-amd64.tar.gz"
    subprocess.run(["tar", "-czf", release / archive, "-C", runner.bin, "hcctl"], check=True)
    sums = subprocess.run(["sha256sum", archive], cwd=release, check=True, capture_output=True, text=True).stdout
    (release / "SHA256SUMS").write_text(sums + sums.replace("amd64", "arm64"))
    given["HCCTL_VERSION"] = "v9"
    runner.step(install, given)
    verify = [call["arguments"][:2] for call in runner.calls("gh")]
    assert verify == [["release", "download"], ["attestation", "verify"]], verify
    (runner.dir / "no-attestation").touch()
    runner.step(install, given, code=1)
    (runner.dir / "no-attestation").unlink()
    (release / "SHA256SUMS").write_text(sums.replace(sums[:8], "00000000"))
    runner.step(install, given, code=1)
    (release / "SHA256SUMS").write_text("")
    runner.step(install, given, code=1)
    runner.step(install, given, code=1, more={"RUNNER_OS": "Windows"})

    runner.step(sign_in)
    name, _, value = (runner.temp / "env").read_text().strip().partition("=")
    runner.env[name] = value
    assert name == "AWS_CONFIG_FILE", name


def signing_in(runner):
    """What the SDK runs when it needs a session: neither word is an argument, and a refusal is told."""
    program = [runner.env["GITHUB_ACTION_PATH"] + "/credentials"]
    run = lambda **more: subprocess.run(program, env={**runner.env, **more}, capture_output=True, text=True, check=False)
    (runner.dir / "calls.jsonl").write_text("")
    session = json.loads(run(HCCTL_ROLE=ROLE).stdout)
    wanted = {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert set(session) == wanted and session["Version"] == 1, session
    curl, aws = runner.calls("curl")[0], runner.calls("aws")[0]
    assert aws["token"] == "the-word-of-github" and ROLE in aws["arguments"], aws
    assert "--no-sign-request" in aws["arguments"], aws
    assert curl["headers"] == ["Authorization: bearer the-jobs-own-token"], curl
    assert curl["arguments"][-1].endswith("?version=1&audience=sts.amazonaws.com"), curl
    for call in (curl, aws):
        told = " ".join(call["arguments"])
        assert "the-word" not in told and "the-jobs" not in told, told
    assert "HCCTL_ROLE is empty" in run().stderr
    (runner.dir / "calls.jsonl").write_text("")
    account = "arn:aws:iam::123456789012"
    wrong = [f"{account}:user/me", f"{account}:role/", f"{account}:role/a/", "arn:aws:iam::12345678901:role/me"]
    wrong += ["123456789012", "hcctl-plan", f"{account}:role/me\n", f" {ROLE}", f"{ROLE} {ROLE}", ROLE.replace("iam", "sts")]
    for role in wrong:
        done = run(HCCTL_ROLE=role)
        assert done.returncode == 1 and "is no ARN of a role" in done.stderr, (role, done)
    assert not runner.calls("curl"), "a token was asked for"
    for role in ("arn:aws-us-gov:iam::123456789012:role/me", "arn:aws-cn:iam::123456789012:role/a/b+=,.@-_/me"):
        assert run(HCCTL_ROLE=role).returncode == 0, role
    assert "id-token: write" in run(HCCTL_ROLE=ROLE, ACTIONS_ID_TOKEN_REQUEST_URL="").stderr
    (runner.dir / "refuse").touch()
    refused = run(HCCTL_ROLE=ROLE)
    assert refused.returncode != 0 and "AccessDenied" in refused.stderr, refused
    (runner.dir / "refuse").unlink()
    left = [path.name for path in (runner.dir / "tmp").rglob("token")]
    assert not left, left


def one_missing(key):
    """An environment's role is its own variable's value, and none where that is not set."""
    for environment, variable in (("dev", "HCCTL_PLAN_ROLE_DEV"), ("prod", "HCCTL_PLAN_ROLE_PROD")):
        role = lambda **variables: filled(key, "HCCTL_ROLE", matrix={"environment": environment}, vars=variables)
        assert role(**PLAN_ROLES) == PLAN_ROLES[variable], key
        assert role(**{**PLAN_ROLES, variable: ""}) == "", f"{key}: {environment} goes by another's role"
    assert filled(key, "HCCTL_ROLE", matrix={"environment": "third"}, vars=PLAN_ROLES) == "", key


COMMENTS = "repos/care/hospital/issues/12/comments?per_page=100"


def planning(runner):
    """The plan of a pull request: a comment, then the same comment again; what fails is told in it too."""
    done = runner.step("infrastructure/plan/Validate every environment")
    assert "dev: valid" in done.stdout and "prod: valid" in done.stdout, done.stdout
    key = "infrastructure/plan/Plan"
    given = {
        "ENVIRONMENT": "dev",
        "HCCTL_ROLE": ROLE,
        "PULL_REQUEST": "12",
        "COMMIT": "abc",
        "RUN_URL": RUN_URL,
        "GH_TOKEN": "t",
    }
    marker = "<!-- hcctl plan dev -->"
    bot = {"login": "github-actions[bot]"}
    strangers = [
        {"id": 1, "user": {"login": "mallory"}, "body": f"{marker}\nnot the pipeline's"},
        {"id": 2, "user": bot, "body": "<!-- hcctl plan prod -->\nanother one"},
    ]
    runner.answer({COMMENTS: strangers})
    runner.step(key, given)
    calls = runner.calls("gh")
    assert writes(calls) == ["POST repos/care/hospital/issues/12/comments"], calls
    body = calls[-1]["fields"]["body"]
    assert body.startswith(f"{marker}\n") and "55 to create" in body and RUN_URL in body, body
    assert body == runner.summary()
    assert runner.calls("aws"), "nothing was signed in"
    assert json.loads((runner.work / "plan-dev.json").read_text())["environment"] == "dev"
    runner.answer({COMMENTS: [*strangers, {"id": 7, "user": bot, "body": f"{marker}\r\nold"}]})
    runner.step(key, given)
    assert writes(runner.calls("gh")) == ["PATCH repos/care/hospital/issues/comments/7"]
    # By hand there is no pull request to tell.
    runner.step(key, {**given, "PULL_REQUEST": ""})
    assert not runner.calls("gh") and "55 to create" in runner.summary()
    # A file that is wrong.
    runner.step(key, {**given, "ENVIRONMENT": "nowhere"}, code=3)
    body = runner.calls("gh")[-1]["fields"]["body"]
    assert "### nowhere: the plan failed (exit code 3)" in body and "no environment `nowhere`" in body, body
    # Each environment by its own role; without one, not by another's.
    one_missing(key)
    runner.step(key, {**given, "ENVIRONMENT": "prod", "HCCTL_ROLE": ""}, code=1)
    body = runner.calls("gh")[-1]["fields"]["body"]
    assert "### prod: the plan failed (exit code 1)" in body and "variable HCCTL_PLAN_ROLE_PROD of" in body, body
    assert not runner.calls("aws") and not (runner.work / "plan-prod.json").exists()
    # More than GitHub takes.
    (runner.work / "long.md").write_text(marker + "\n```diff\n" + "+ line\n" * 20_000 + "```\n")
    (runner.dir / "calls.jsonl").write_text("")
    subprocess.run([".github/scripts/comment", "12", "long.md"], cwd=runner.work, env=runner.env, check=True)
    body = runner.calls("gh")[-1]["fields"]["body"]
    assert len(body) < 65_536 and body.count("```") == 2 and "The rest is in" in body, body[-200:]
    # A longer fence, and what folds.
    folded = "<details><summary>x</summary>\n\n````diff\n```\n<details>\n"
    (runner.work / "long.md").write_text("a line\n" + folded + "+ line\n" * 20_000 + "````\n\n</details>\n")
    fit = [".github/scripts/fit", "long.md"]
    body = subprocess.run(fit, cwd=runner.work, env={**runner.env, "RUN_URL": RUN_URL}, check=True, capture_output=True, text=True).stdout
    assert body.endswith(f"+ line\n````\n\n</details>\n\nThe rest is in the summary of [the run]({RUN_URL}).\n"), body[-200:]


def applying(runner):
    """Main applies what was reviewed, and refuses what went stale."""
    fetch, apply = (f"infrastructure/apply/{name}" for name in ("Fetch the plan that was reviewed", "Apply exactly that plan"))
    sha, repository = runner.env["GITHUB_SHA"], "repos/care/hospital"
    pulls = [
        {"merged_at": None, "base": {"ref": "main"}, "head": {"sha": "open"}},
        {"merged_at": "2026-01-01T00:00:00Z", "base": {"ref": "main"}, "head": {"sha": "abc"}},
    ]
    runs = f"{repository}/actions/workflows/infrastructure.yml/runs?event=pull_request&head_sha=abc&per_page=100"
    ours, forks = {"full_name": "care/hospital"}, {"full_name": "mallory/hospital"}
    # In no order; 99 failed, for prod's plan did, and dev's did not. 98 is older, and a fork's says nothing.
    of = lambda number, head=ours, ended="failure": {"id": number, "conclusion": ended, "head_repository": head, "repository": ours}
    all_runs = [of(98, ended="success"), of(101, forks), of(102, None), of(99), of(100)]
    kept = lambda *artifacts: {"artifacts": [{"id": number, "expired": expired} for number, expired in artifacts]}
    plans = lambda run, environment="dev": f"{repository}/actions/runs/{run}/artifacts?name=plan-{environment}"
    answers = {
        f"{repository}/commits/{sha}/pulls": pulls,
        runs: {"workflow_runs": all_runs},
        plans(98): kept((4, False)),
        plans(99): kept((6, False), (7, False), (8, True)),
        plans(100): kept((9, True)),
        plans(101): kept((10, False)),
        plans(102): kept((11, False)),
    }
    given = {"ENVIRONMENT": "dev", "GH_TOKEN": "t"}
    role = {"ENVIRONMENT": "dev", "HCCTL_ROLE": ROLE}
    for number in (4, 6, 7, 10, 11, 12):
        (runner.dir / f"artifacts/{number}").mkdir()
        (runner.dir / f"artifacts/{number}/plan-dev.json").write_text(f"not this one: {number}")
    shutil.copy(runner.work / "plan-dev.json", runner.dir / "artifacts/7")
    # Pushed past every pull request.
    runner.answer({**answers, f"{repository}/commits/{sha}/pulls": []})
    done = runner.step(fetch, given, code=1)
    assert "::error::no reviewed plan" in done.stdout, done.stdout
    runner.answer({**answers, runs: {"workflow_runs": []}})
    runner.step(fetch, given, code=1)
    runner.answer({**answers, plans(98): kept(), plans(99): kept()})
    done = runner.step(fetch, given, code=1)
    assert "::error::no reviewed plan of dev" in done.stdout, done.stdout
    runner.answer(answers)
    runner.step(fetch, given)
    assert runner.calls("gh")[-1]["arguments"] == ["api", f"{repository}/actions/artifacts/7/zip"], runner.calls("gh")
    done = runner.step(apply, role)
    assert "55 created" in done.stdout, done.stdout
    # The account has changed since: the same plan is stale.
    done = runner.step(apply, role, code=4)
    assert "::error::the reviewed plan was refused" in done.stdout, done.stdout
    # By hand: the plan of the same run.
    plan = {"ENVIRONMENT": "prod", "HCCTL_ROLE": ROLE, "PULL_REQUEST": "", "COMMIT": sha, "RUN_URL": RUN_URL, "GH_TOKEN": "t"}
    runner.step("infrastructure/plan/Plan", plan)
    shutil.move(runner.work / "plan-prod.json", runner.dir / "artifacts/12")
    runner.answer({plans(100, "prod"): kept((12, False))})
    by_hand = {"GITHUB_EVENT_NAME": "workflow_dispatch"}
    runner.step(fetch, {**given, "ENVIRONMENT": "prod"}, more=by_hand)
    runner.step(apply, {**role, "ENVIRONMENT": "prod"})


def releasing(runner):
    """dev from main; production from a commit of main, and back."""
    role = {"HCCTL_ROLE": ROLE}
    sha = runner.env["GITHUB_SHA"]
    runner.step("application/dev/Push the images", role)
    pushed = [call["arguments"][1] for call in runner.calls("docker") if call["arguments"][0] == "push"]
    assert len(pushed) == 2 and all(image.endswith(f":{sha}") for image in pushed), pushed
    assert runner.summary().count("| pushed |") == 2, runner.summary()
    # The same commit again: nothing is built.
    runner.step("application/dev/Push the images", role)
    assert not runner.calls("docker") and runner.summary().count("| there |") == 2

    fetch = "application/deploy/Fetch the commit, which must be one of main's"
    runner.git("switch", "--quiet", "--create", "aside")
    runner.git("commit", "--quiet", "--allow-empty", "--message", "not reviewed")
    aside = runner.git("rev-parse", "HEAD")
    runner.git("switch", "--quiet", "main")
    for wrong, why in ((aside, "is not on main"), ("nothing", "is not a commit"), ("", "is not a commit"), ("--help", "is not a commit")):
        done = runner.step(fetch, {**role, "COMMIT": wrong}, code=1)
        assert why in done.stdout, done.stdout
    production = {**role, "COMMIT": sha[:10]}
    runner.step(fetch, production)
    runner.step("application/deploy/Push the images", production)
    pushed = [call["arguments"][1] for call in runner.calls("docker") if call["arguments"][0] == "push"]
    assert len(pushed) == 2 and all(f"-prod-" in image and image.endswith(f":{sha}") for image in pushed), pushed
    if needs("deploy", "application/dev/Deploy", "application/deploy/Deploy"):
        # What was reviewed before a deployment is refused after it.
        reviewed = {"ENVIRONMENT": "dev", "HCCTL_ROLE": ROLE, "PULL_REQUEST": "", "COMMIT": sha, "RUN_URL": RUN_URL, "GH_TOKEN": "t"}
        runner.step("infrastructure/plan/Plan", reviewed)
        shutil.move(runner.work / "plan-dev.json", runner.work / "reviewed/plan-dev.json")
        for key, given in (("application/dev/Deploy", role), ("application/deploy/Deploy", production)):
            done = runner.step(key, given)
            assert "2 services succeeded" in done.stdout and sha in done.stdout, done.stdout
        done = runner.step("infrastructure/apply/Apply exactly that plan", {**role, "ENVIRONMENT": "dev"}, code=4)
        assert "running image" in done.stderr and "::error::the reviewed plan was refused" in done.stdout, done
    status = [f"application/{job}/What runs now" for job in ("dev", "deploy", "rollback")]
    if needs("status", *status):
        runner.step(status[0], role)
        for key in status[1:]:
            runner.step(key, production)
    if needs("rollback", "application/rollback/Roll back"):
        # Two images, so that there is one before.
        runner.git("commit", "--quiet", "--allow-empty", "--message", "two")
        second = runner.git("rev-parse", "HEAD")
        runner.git("worktree", "remove", "--force", str(runner.temp / "source"))
        for key in (fetch, "application/deploy/Push the images", "application/deploy/Deploy"):
            runner.step(key, {**role, "COMMIT": second})
        for back in ("", second):
            done = runner.step("application/rollback/Roll back", {**role, "COMMIT": back})
            assert "rollback prod finished" in done.stdout and back in done.stdout, done.stdout


def drifting(runner):
    """One issue per environment: opened, kept up to date, closed; and what is no answer is none."""
    issues = "repos/care/hospital/issues"
    listing = f"{issues}?state=open&per_page=100"
    findings = "### Drift of `dev`: 1 extra\n\nsg/tasks has an extra rule\n"
    (runner.work / "drift.md").write_text(findings)
    script = [".github/scripts/drift-issue", "dev"]
    env = {**runner.env, "RUN_URL": RUN_URL}

    def tell(code, known):
        (runner.dir / "calls.jsonl").write_text("")
        runner.answer({listing: known})
        done = subprocess.run([*script, str(code), "drift.md"], cwd=runner.work, env=env, capture_output=True, text=True, check=False)
        return done.returncode, writes(runner.calls("gh"))

    bot, title = {"login": "github-actions[bot]"}, "dev has drifted"
    none = [
        {"number": 1, "user": {"login": "mallory"}, "title": title},
        {"number": 2, "user": bot, "title": "prod has drifted"},
        {"number": 3, "user": bot, "title": title, "pull_request": {}},
    ]
    there = [*none, {"number": 5, "user": bot, "title": title}]
    assert tell(0, none) == (0, [])
    assert tell(2, []) == (0, [f"POST {issues}"])
    assert tell(2, none) == (0, [f"POST {issues}"])
    fields = runner.calls("gh")[-1]["fields"]
    mark, _, body = fields["body"].partition("\n")
    assert fields["title"] == title and body == findings and mark.startswith("<!-- findings "), fields
    # The same again, in whatever form GitHub keeps it: nobody is notified.
    update, tells = f"PATCH {issues}/5", f"POST {issues}/5/comments"
    known = lambda body: [*none, {"number": 5, "user": bot, "title": title, "body": body}, {"number": 6, "user": bot, "title": "x", "body": None}]
    for same in (fields["body"], fields["body"].replace("\n", "\r\n")):
        assert tell(2, known(same)) == (0, [update])
    # As well with another time, another run and other hands.
    with_hands = """### Drift of `dev`: 1 extra

sg/tasks has an extra rule
    by assumed-role/Admin/alice, ModifySomething, 2026-07-01 00:05 UTC
      (console)

<details open><summary>Who did it</summary>

```diff
CloudTrail was asked for 20 s, and no longer: 2 of 7 questions were left.
```

</details>

<sub>58 calls, 0.6s</sub>

[Seen by this run](https://github.com/1). Put it back.
"""
    (runner.work / "drift.md").write_text(with_hands)
    assert tell(2, none) == (0, [f"POST {issues}"])
    before = runner.calls("gh")[-1]["fields"]["body"]
    others = (("00:05", "01:07"), ("alice", "bob"), ("(console)", "(aws-cli)"), ("2 of 7", "3 of 7"), ("58 calls, 0.6s", "59 calls, 1.2s"), ("github.com/1", "github.com/2"))
    for old, new in others:
        (runner.work / "drift.md").write_text(with_hands.replace(old, new))
        assert tell(2, known(before)) == (0, [update]), old
        assert new in runner.calls("gh")[-1]["fields"]["body"]
    # A finding more or another one is told, and so is one whose body somebody wrote over.
    for now in (with_hands.replace("an extra", "another"), with_hands.replace("\n    by", "\n    peer 0.0.0.0/0\n    by")):
        (runner.work / "drift.md").write_text(now)
        assert tell(2, known(before)) == (0, [tells, update])
        assert RUN_URL in runner.calls("gh")[-2]["fields"]["body"]
    assert tell(2, known("somebody's words")) == (0, [tells, update])
    assert tell(2, known(None)) == (0, [tells, update])
    # More than GitHub takes; what is cut off counts as well.
    long = findings + "```diff\n" + "+ line\n" * 20_000 + "```\n"
    (runner.work / "drift.md").write_text(long)
    assert tell(2, none) == (0, [f"POST {issues}"])
    before = runner.calls("gh")[-1]["fields"]["body"]
    assert len(before) < 65_536 and before.count("```") == 2 and RUN_URL in before.splitlines()[-1], before[-200:]
    assert tell(2, known(before)) == (0, [update])
    (runner.work / "drift.md").write_text(long + "another\n")
    assert tell(2, known(before)) == (0, [tells, update])
    assert tell(0, there) == (0, [f"POST {issues}/5/comments", f"PATCH {issues}/5"])
    assert runner.calls("gh")[-1]["fields"]["state"] == "closed"
    for code in (1, 3, 4):
        assert tell(code, there) == (code, [])

    key = "drift/drift/Look, and tell"
    if needs("drift", key):
        given = {"ENVIRONMENT": "dev", "HCCTL_ROLE": ROLE, "RUN_URL": RUN_URL, "GH_TOKEN": "t"}
        runner.answer({listing: []})
        runner.step(key, given)
        assert not writes(runner.calls("gh"))
        # Somebody has been there by hand.
        edited = runner.work / "environments/dev.yaml"
        text = edited.read_text()
        edited.write_text(text.replace("retention_days: 7", "retention_days: 30"))
        hcctl = [runner.bin / "hcctl", "apply", "dev", "--yes"]
        drift = {**runner.env, "HCCTL_ROLE": ROLE}
        subprocess.run(hcctl, cwd=runner.work, env=drift, check=True, capture_output=True)
        edited.write_text(text)
        runner.step(key, given)
        assert writes(runner.calls("gh")) == [f"POST {issues}"]
        # The same drift at another time is the same to hcctl's own words too.
        body = runner.calls("gh")[-1]["fields"]["body"]
        assert "retention" in body, body
        runner.answer({listing: known(body)})
        runner.step(key, {**given, "RUN_URL": RUN_URL + "1"})
        assert writes(runner.calls("gh")) == [update]
        one_missing(key)
        done = runner.step(key, {**given, "ENVIRONMENT": "prod", "HCCTL_ROLE": ""}, code=1)
        assert "::error::the variable HCCTL_PLAN_ROLE_PROD" in done.stdout and not runner.calls("gh"), done.stdout


def packing(runner):
    """A tag that is not the program's version is no release."""
    key = "release/build/Pack"
    built = runner.work / "target/release"
    built.mkdir(parents=True)
    shutil.copy(HCCTL, built / "hcctl")
    for name in ("README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, runner.work)
    version = subprocess.run([HCCTL, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    given = {"TARGET": "linux-amd64"}
    runner.step(key, given, code=1, more={"GITHUB_REF_NAME": "v99.0.0"})
    runner.step(key, given, more={"GITHUB_REF_NAME": f"v{version}"})
    archive = runner.work / f"hcctl-v{version}-linux-amd64.tar.gz"
    listed = subprocess.run(["tar", "-tzf", archive], check=True, capture_output=True, text=True).stdout.split()
    assert listed == ["hcctl", "README.md", "CHANGELOG.md", "LICENSE"], listed


def publishing(runner):
    """A release is one file of each job, and no job's other files."""
    tag = {"GITHUB_REF_NAME": "v9"}
    runner.step("release/sbom/Write down what is in it", more=tag)
    artifacts = runner.dir / "artifacts" / runner.env["GITHUB_RUN_ID"]
    targets = [each["target"] for each in WORKFLOWS["release"]["jobs"]["build"]["strategy"]["matrix"]["include"]]
    files = {target: f"hcctl-v9-{target}.tar.gz" for target in targets} | {"sbom": "hcctl-v9.cdx.json"}
    for name, file in files.items():
        (artifacts / f"release-{name}").mkdir(parents=True)
        (artifacts / f"release-{name}" / file).write_text(name)
    shutil.copy(runner.work / files["sbom"], artifacts / "release-sbom")
    (artifacts / "release-sbom" / files[targets[0]]).write_text("not the build's")
    # Another machine than the build's.
    shutil.rmtree(runner.work / "dist")
    key = "release/publish/Gather, and sum up"
    runner.step(key, {"GH_TOKEN": "t"}, more=tag)
    dist = {path.name: path.read_text() for path in (runner.work / "dist").glob("hcctl-*")}
    assert dist == {file: name if name != "sbom" else "what is in it" for name, file in files.items()}, dist
    assert runner.summary().count("  hcctl-v9") == len(files), runner.summary()


def main():
    calling = {key for key, step in STEPS.items() if CALL.search(step["run"])}
    assert len(calling) >= 10, f"only {sorted(calling)} call hcctl: has the way of calling it changed?"
    with tempfile.TemporaryDirectory(prefix="hcctl-steps-") as name:
        directory = pathlib.Path(name)
        serve = [HCCTL, "sandbox", "serve", "--memory", "--instant", "--port", "0"]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                url = server.stdout.readline().split()[-1]
                runner = Runner(directory, url)
                for case in (arranged, setting_up, signing_in, planning, applying, releasing, drifting, packing, publishing):
                    case(runner)
                    print(f"ok       {case.__name__}: {case.__doc__.splitlines()[0]}")
            finally:
                server.send_signal(signal.SIGINT)
    for key, verb in sorted(WAITING):
        print(f"waiting  {key}: hcctl has no `{verb}` yet")
    missing = calling - RAN - {key for key, _ in WAITING}
    assert not missing, f"no case runs {sorted(missing)}"
    print(f"steps.py: {len(calling & RAN)} of the {len(calling)} steps that call hcctl ran against the sandbox")


if __name__ == "__main__":
    main()
