from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.serve import require_guarded
from app.api.settings import PREFIX, Settings, SettingsError


def test_the_defaults_serve_this_machine_alone() -> None:
    settings = Settings.read()
    assert settings.loopback
    assert not settings.needs_key
    assert not settings.cors_origins
    assert settings.allowed_hosts == ("localhost", "127.0.0.1", "::1")


def test_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "PORT": "8080",
        "KEYS_FILE": "/run/secrets/keys",
        "HOSTS": "api.example.org, Localhost",
        "CORS_ORIGINS": "https://Desk.example.org,http://localhost:8501",
        "BODY_SECONDS": "0.5",
        "HTTPS": "true",
    }
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)
    settings = Settings.read(burst=7)
    assert (settings.port, settings.body_seconds, settings.https) == (8080, 0.5, True)
    assert (settings.keys_file, settings.burst) == (Path("/run/secrets/keys"), 7)
    assert settings.allowed_hosts == ("api.example.org", "localhost")
    assert settings.cors_origins == ("https://desk.example.org", "http://localhost:8501")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PORT", "99999", "less than or equal to 65535"),
        ("PORT", "http", "valid integer"),
        ("RATE_PER_MINUTE", "0", "greater than or equal to 1"),
        ("REQUEST_SECONDS", "-1", "greater than 0"),
        ("BODY_SECONDS", "nan", "less than or equal to 3600"),
        ("KEYLESS", "perhaps", "valid boolean"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("CORS_ORIGINS", "*", "valid URL"),
        ("CORS_ORIGINS", "https://example.org/page", "without a path"),
        ("CORS_ORIGINS", "https://someone@example.org", "without a path"),
    ],
)
def test_names_variable_value_and_what_is_allowed(
    name: str, value: str, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError) as caught:
        Settings.read()
    told = str(caught.value)
    assert told.startswith(f"{PREFIX}{name}=")
    assert value in told
    assert allowed in told


def test_a_limit_that_is_misspelt_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLRISK_API_RATE_PER_MINIT", "5")
    with pytest.raises(SettingsError, match=r"MLRISK_API_RATE_PER_MINIT: no such setting.*MINUTE"):
        Settings.read()


@given(st.ip_addresses())
def test_only_addresses_of_this_machine_go_without_a_key(found: object) -> None:
    settings = Settings.read(host=str(found))
    assert settings.loopback == found.is_loopback  # type: ignore[attr-defined]
    if found.is_loopback:  # type: ignore[attr-defined]
        require_guarded(settings)
    else:
        with pytest.raises(SettingsError, match=r"mlrisk api-key NAME.*MLRISK_API_KEYLESS=true"):
            require_guarded(settings)


def test_others_are_served_with_keys_or_where_that_is_wanted() -> None:
    require_guarded(Settings.read(host="0.0.0.0", keys_file="keys"))
    require_guarded(Settings.read(host="0.0.0.0", keyless=True))
    with pytest.raises(SettingsError, match="either of them"):
        require_guarded(Settings.read(keys_file="keys", keyless=True))


def test_a_name_is_no_loopback_but_localhost() -> None:
    assert Settings.read(host="LocalHost").loopback
    assert not Settings.read(host="localhost.example.org").loopback


def test_hosts_are_free_where_keys_are_asked_for_or_any_is_named() -> None:
    assert Settings.read(keys_file="keys").allowed_hosts == ()
    assert Settings.read(hosts="*").allowed_hosts == ()
    assert Settings.read(keys_file="keys", hosts="a.example").allowed_hosts == ("a.example",)
