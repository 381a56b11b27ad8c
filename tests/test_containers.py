"""The compose files: what a container may do, starts and waits for; read, without an engine."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from app import cli
from app.api.settings import PREFIX, Settings
from app.together import together
from tests.dockerfile import ROOT, told, variables

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
KEYS = yaml.safe_load((ROOT / "deploy" / "keys.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("pipeline", "api", "dashboard")


def test_the_files_follow_the_schema() -> None:
    line = re.search(
        r"^\t(check-jsonschema .*compose-spec .*)$", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    assert line, "`make lint` does not check the compose files"
    checker, *arguments = line[1].split()
    assert arguments[-2:] == ["docker-compose.yml", "deploy/keys.yml"]
    command = [Path(sys.executable).parent / checker, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_database_is_pinned_to_its_bytes() -> None:
    assert re.fullmatch(
        r"pgvector/pgvector:[\w.-]+@sha256:[0-9a-f]{64}", SERVICES["postgres"]["image"]
    )


@pytest.mark.parametrize("name", [*OURS, "postgres"])
def test_a_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == ("postgres" if name == "postgres" else told("USER")[0])
    assert any(place.startswith("/tmp") for place in service["tmpfs"])
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")
    for volume in service["volumes"]:
        assert volume.split(":")[0] in COMPOSE["volumes"], "no folder of the machine is mounted"


def test_the_pipeline_writes_and_the_faces_only_read() -> None:
    assert SERVICES["pipeline"]["volumes"] == ["workspace:/workspace"]
    for name in ("api", "dashboard"):
        assert SERVICES[name]["volumes"] == ["workspace:/workspace:ro"]
        assert SERVICES[name]["depends_on"] == {
            "pipeline": {"condition": "service_completed_successfully"}
        }
        assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES["pipeline"]["restart"] == "no"
    assert COMPOSE["networks"][SERVICES["pipeline"]["networks"][0]] == {"internal": True}


def test_one_service_builds_the_image_of_all() -> None:
    assert [name for name in SERVICES if "build" in SERVICES[name]] == ["pipeline"]
    assert len({SERVICES[name]["image"] for name in OURS}) == 1
    assert [SERVICES[name]["pull_policy"] for name in OURS] == ["missing", "never", "never"]
    assert told("ARG") == ['GIT_COMMIT=""']
    assert [*SERVICES["pipeline"]["build"]["args"]] == ["GIT_COMMIT"]
    assert variables()["MLRISK_GIT_COMMIT"] == "$GIT_COMMIT"


def test_only_the_database_waits_for_its_profile() -> None:
    assert {name for name in SERVICES if "profiles" in SERVICES[name]} == {"postgres"}
    assert SERVICES["pipeline"]["depends_on"]["postgres"]["required"] is False
    assert "ports" not in SERVICES["postgres"]


def test_no_secret_is_written_down() -> None:
    stated = {
        **variables(),
        **{
            f"{name}/{key}": value
            for name, service in {**SERVICES, "keyed": KEYS["services"]["api"]}.items()
            for key, value in service.get("environment", {}).items()
        },
    }
    secret = {
        name: value
        for name, value in stated.items()
        if re.search(r"KEYS|SECRET|PASSWORD|TOKEN|PGVECTOR", name)
    }
    assert {name.rpartition("/")[2] for name in secret} >= {
        "POSTGRES_PASSWORD", "MLRISK_PGVECTOR", "MLRISK_API_KEYS_FILE",
    }  # fmt: skip
    for name, value in secret.items():
        assert value.startswith(("${", "/run/secrets/")), name


def test_keys_replace_what_lets_everybody_in() -> None:
    default = SERVICES["api"]["environment"]
    keyed = default | KEYS["services"]["api"]["environment"]
    assert settings(default).keyless
    assert not settings(default).needs_key
    assert settings(keyed).needs_key
    assert not settings(keyed).keyless
    assert keyed["MLRISK_API_KEYS_FILE"] == f"/run/secrets/{KEYS['services']['api']['secrets'][0]}"
    assert [*KEYS["secrets"]] == KEYS["services"]["api"]["secrets"]


def test_the_image_alone_answers_nobody_without_a_key() -> None:
    assert not settings(variables()).loopback
    assert not settings(variables()).keyless


def settings(environment: dict[str, str]) -> Settings:
    """What the API makes of an environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        for name, value in environment.items():
            if name.startswith(PREFIX):
                patch.setenv(name, value)
        return Settings.read()


@pytest.mark.parametrize("name", OURS)
def test_a_service_starts_a_verb_as_the_verb_is_called(name: str) -> None:
    verb, *arguments = SERVICES[name]["command"]
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    commands[verb].make_context(verb, arguments)


def test_the_image_serves_by_default() -> None:
    assert json.loads(told("ENTRYPOINT")[0]) == ["mlrisk"]
    assert json.loads(told("CMD")[0]) == SERVICES["api"]["command"]
    assert "entrypoint" not in SERVICES["api"]
    entry = Path(SERVICES["pipeline"]["entrypoint"][0])
    script = ROOT / entry.relative_to(told("WORKDIR")[0])
    assert script.stat().st_mode & 0o111 == 0o111
    assert told("WORKDIR")[-1] == "/workspace"


HEALTH = {
    "api": json.loads(told("HEALTHCHECK")[0].partition(" CMD ")[2]),
    "dashboard": SERVICES["dashboard"]["healthcheck"]["test"][1:],
}


@pytest.fixture
def server() -> Iterator[tuple[str, list[int], list[str]]]:
    """An address, the status that it answers with, and the paths that were asked for."""
    status, paths = [200], []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(status[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as local:
        threading.Thread(target=local.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{local.server_port}", status, paths
        local.shutdown()


@pytest.mark.parametrize(
    ("name", "port", "path"), [("api", 8000, "/readyz"), ("dashboard", 8501, "/_stcore/health")]
)
def test_a_healthcheck_tells_well_from_ill(
    server: tuple[str, list[int], list[str]], name: str, port: int, path: str
) -> None:
    address, status, paths = server
    python, option, code = HEALTH[name]
    published = SERVICES[name]["ports"][0].rpartition(":")[2]
    assert (python, option, published) == ("python", "-c", str(port))
    assert str(port) in told("EXPOSE")[0].split()
    here = [sys.executable, "-c", code.replace(f"http://127.0.0.1:{port}", address)]
    assert subprocess.run(here, check=False).returncode == 0
    status[0] = 503
    assert subprocess.run(here, stderr=subprocess.DEVNULL, check=False).returncode != 0
    assert paths == [path, path]


def test_what_the_healthchecks_ask_is_there() -> None:
    from app.api.routes import meta

    assert "/readyz" in {getattr(route, "path", "") for route in meta.router.routes}
    # Read, since Streamlit takes seconds to import.
    streamlit = find_spec("streamlit")
    assert streamlit
    assert streamlit.submodule_search_locations
    routes = Path(streamlit.submodule_search_locations[0], "web/server/starlette")
    text = (routes / "starlette_routes.py").read_text()
    assert re.search(r'^BASE_ROUTE_CORE\b.*= "_stcore"$', text, re.MULTILINE)
    assert re.search(r'^ROUTE_HEALTH\b.*= f"{BASE_ROUTE_CORE}/health"$', text, re.MULTILINE)


def test_requests_in_flight_are_given_their_time() -> None:
    needed = settings({}).shutdown_seconds
    assert needed < inspect.signature(together).parameters["grace"].default
    assert all(needed < int(SERVICES[name]["stop_grace_period"].rstrip("s")) for name in OURS)
