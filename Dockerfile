# One image for three containers: the pipeline writes a volume, the API and the dashboard read it.
# docs/containers.md says how they lie together.

# The tag says what the base is, the digest which bytes. Of a newer tag,
# `docker buildx imagetools inspect python:TAG` prints the digest.
FROM python:3.11.15-slim-bookworm@sha256:b18992999dbe963a45a8a4da40ac2b1975be1a776d939d098c647482bcad5cba AS base


FROM base AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never \
    UV_REQUIRE_HASHES=1
WORKDIR /build
COPY requirements.lock pyproject.toml ./
# uv itself is installed from the hashed lock, then installs the rest of it, as `make env` does.
RUN awk '/^[^ #]/ {keep = /^uv==/} keep && !/^ *#/' requirements.lock > uv.lock \
    && pip install --no-cache-dir --no-deps --require-hashes --requirement uv.lock
# What the project needs to run and no more: the lock's versions and hashes are constraints here, so
# its tools for development are known and not installed.
RUN uv venv /opt/venv \
    && uv pip install --python /opt/venv/bin/python \
        --constraint requirements.lock --requirement pyproject.toml
COPY . .
RUN uv build --wheel --build-constraint requirements.lock --out-dir dist


FROM base AS runtime
# LightGBM brings no OpenMP runtime of its own. A version pinned here would be gone from Debian's
# mirror with its next fix.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 mlrisk \
    && useradd --uid 10001 --gid mlrisk --no-create-home --home-dir /tmp \
        --shell /usr/sbin/nologin mlrisk \
    && install --directory --owner=mlrisk --group=mlrisk /workspace
# The libraries are a layer of their own, which a change of the project's code leaves as it is.
COPY --from=build /opt/venv /opt/venv
RUN --mount=type=bind,from=build,source=/build/dist,target=/dist \
    pip --python /opt/venv/bin/python --no-cache-dir --disable-pip-version-check \
        install --no-deps /dist/*.whl
WORKDIR /srv/ml-risk
COPY . .
# The files of a commit, without git's history: DVC is told so, and the commit is a variable.
RUN printf '[core]\n    no_scm = true\n' > .dvc/config.local \
    && chmod -R u=rwX,go=rX .
ARG GIT_COMMIT=""
# All that is written outside of the volume goes to /tmp, the one other place that can be.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp/cache \
    MPLCONFIGDIR=/tmp/matplotlib \
    NUMBA_CACHE_DIR=/tmp/numba \
    DVC_SITE_CACHE_DIR=/tmp/dvc \
    DVC_NO_ANALYTICS=1 \
    PYTHONUNBUFFERED=1 \
    MLRISK_API_HOST=0.0.0.0 \
    MLRISK_GIT_COMMIT=$GIT_COMMIT
LABEL org.opencontainers.image.title=ml-risk \
    org.opencontainers.image.revision=$GIT_COMMIT
USER 10001:10001
WORKDIR /workspace
EXPOSE 8000 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["mlrisk"]
CMD ["serve"]
