"""The files that start it in containers: what they name exists, and what must be closed is closed."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from frontend.management.commands import engines
from ocr import pool

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("web-1", "web-2", "worker", "beat", "engines", "migrate")
MANIFESTS = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "spocr.yaml").read_text()))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
SETTING = re.compile(r"`([A-Z][A-Z_0-9]+)`")
# The proxy's own, and those of the programs that are not ours.
FOREIGN = {"SPOCR_ADDRESS", "SPOCR_WEB_NODES", "PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def documented() -> set[str]:
    return set(SETTING.findall((ROOT / "docs" / "settings.md").read_text()))


def environment_names() -> set[str]:
    lines = (DEPLOY / "example.env").read_text().splitlines()
    names = {line.split("=")[0] for line in lines if line and not line.startswith("#")}
    names |= {name for service in (*OURS, "proxy") for name in SERVICES[service].get("environment", {})}
    names |= {each["name"] for part in containers() for each in part.get("env", [])}
    image = re.search(r"^ENV PATH=.*?(?<!\\)$", DOCKERFILE, re.MULTILINE | re.DOTALL)[0]
    return names | set(re.findall(r"(\w+)=", image))


def containers() -> list[dict]:
    specs = [each["spec"]["template"]["spec"] for each in MANIFESTS if each["kind"] in ("Deployment", "Job")]
    return [part for spec in specs for part in [*spec.get("initContainers", []), *spec["containers"]]]


def test_every_setting_in_compose_kubernetes_and_the_image_exists():
    assert environment_names() - FOREIGN - documented() == set()


def test_every_image_is_pinned_to_a_version():
    images = [service["image"] for service in SERVICES.values()] + [part["image"] for part in containers()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)

    assert len(images) > 12
    assert [image for image in images if not re.search(r":(RELEASE\.)?\d[\w.-]*\d", image)] == []


@pytest.mark.parametrize("name", OURS)
def test_our_containers_cannot_write_to_their_root_or_gain_rights(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_pods_run_without_rights_on_a_root_that_cannot_be_written():
    locked = {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    specs = [each["spec"]["template"]["spec"] for each in MANIFESTS if each["kind"] in ("Deployment", "Job")]

    assert [part["securityContext"] for part in containers()] == [locked] * len(containers())
    assert all(spec["securityContext"]["runAsNonRoot"] for spec in specs)


def test_the_image_runs_without_rights_and_checks_its_health():
    final = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.search(r"^USER 10001$", final, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*healthy\.py", final, re.MULTILINE)
    assert (DEPLOY / "healthy.py").exists()


def test_what_the_image_copies_is_in_its_context():
    allowed = [
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    lists = ("requirements.lock", "requirements-extras.lock")  # what the argument may name
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = [name for line in lines for each in lists for name in line.replace("${REQUIREMENTS}", each).split()]

    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [name for name in copied if not any(name == each or name.startswith(each + "/") for each in allowed)] == []


def test_engines_in_compose_have_neither_network_nor_settings():
    engines_service = SERVICES["engines"]

    assert engines_service["network_mode"] == "none"
    assert "env_file" not in engines_service
    assert set(engines_service["environment"]) == {"SECRET_KEY", "SPOCR_ENGINE_SOCKET"}


def test_the_command_of_that_container_becomes_the_engine_host(monkeypatch, settings):
    became = []
    monkeypatch.setattr("os.execv", lambda program, command: became.append(command))

    engines.Command().handle()

    assert became == [pool.command(engines.reading.engine_host())]


def test_the_images_own_tools_can_back_up_the_database_beside_it():
    """pg_dump refuses a server that is newer than itself."""
    debian = DOCKERFILE.rpartition("\nFROM ")[2].split("\n")[0].rpartition("-")[2]
    ships = {"bookworm": 15, "trixie": 17}

    assert int(re.search(r":(\d+)\.", SERVICES["postgres"]["image"])[1]) <= ships[debian]


def test_redis_keeps_everything_and_data_survives_a_restart():
    assert "noeviction" in SERVICES["redis"]["command"]
    for name in ("redis", "postgres", "storage"):
        assert SERVICES[name]["volumes"][0].split(":")[0] in COMPOSE["volumes"]


def test_a_node_in_compose_may_take_as_long_to_end_as_it_needs():
    from frontend.operation.portal import GRACE_SECONDS

    drain = int(re.search(r"SPOCR_DRAIN_SECONDS=(\d+)", DOCKERFILE)[1])
    pod = next(each for each in MANIFESTS if each["metadata"]["name"] == "spocr-web")

    assert int(SERVICES["web-1"]["stop_grace_period"].rstrip("s")) >= drain + GRACE_SECONDS
    assert pod["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= drain + GRACE_SECONDS


def test_workers_listen_to_every_queue_that_is_used(settings):
    used = {"ocr", "webhooks"} | {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    commands = [SERVICES["worker"]["entrypoint"]] + [
        part["command"] for part in containers() if part["name"] == "worker"
    ]

    for command in commands:
        assert set(command[command.index("-Q") + 1].split(",")) == used


def test_the_images_bear_the_version_of_this_release():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    ours = {SERVICES[name]["image"] for name in OURS} | {part["image"] for part in containers()}

    assert {image.rpartition(":")[2] for image in ours} == {version}


def test_the_image_has_no_program_that_interprets_documents():
    """PostScript, vector pictures and office files are programs in disguise; whoever runs them opens a door."""
    interpreters = re.compile(r"ghostscript|magick|librsvg|inkscape|libreoffice|poppler|mupdf|qpdf|unoconv|wkhtml")
    listed = (ROOT / "bin" / "packages" / "runtime.txt").read_text().splitlines()
    packages = [line.split("#")[0].strip() for line in listed] + re.findall(r"apt-get install [^\n]+", DOCKERFILE)

    assert len(packages) > 30
    assert [package for package in packages if interpreters.search(package)] == []
