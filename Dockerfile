# Two stages: the first builds, the second holds what runs, and nothing else.
FROM python:3.13-slim-trixie AS build
WORKDIR /build
# Unpinned: Debian keeps no old versions, and nothing of this stage's own system is in the second.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/*
# From the pinned versions, by their hashes. What changes least comes first, so that it is built least often. Tests and
# debugging symbols stay behind; libraries in *.libs were patched in a way that strip doesn't understand.
COPY requirements/build.txt requirements/run.txt requirements/
RUN pip install --no-cache-dir --no-compile --require-hashes --requirement requirements/build.txt \
 && python -m venv --without-pip /opt/easel \
 && pip --python /opt/easel/bin/python install --no-cache-dir --no-compile --require-hashes --requirement requirements/run.txt \
 && find /opt/easel/lib -type d \( -name tests -o -name sample_data \) -prune -exec rm -r {} + \
 && find /opt/easel/lib -name '*.so*' -type f -not -path '*.libs/*' -exec strip --strip-debug {} +
COPY pyproject.toml README.md LICENSE ./
# The try-it room stays out of the image (.dockerignore), and so do the libraries it needs.
COPY bot bot
# Compiled here, since nothing can be written where it runs; and for good, whatever times a copy gives the files.
RUN hatchling build --target wheel --directory dist \
 && pip --python /opt/easel/bin/python install --no-cache-dir --no-compile --no-index --no-deps dist/*.whl \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/easel/lib

FROM python:3.13-slim-trixie
LABEL org.opencontainers.image.title="Easel" \
      org.opencontainers.image.description="A self-hosted Discord bot that gives a community an image studio." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
# The base image holds Python's own modules without their compiled form, and a pip, which nothing here needs.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin easel \
 && install --directory --owner=easel --group=easel --mode=700 /data \
 && python -m pip uninstall --yes --quiet --root-user-action=ignore pip \
 && rm -r /usr/local/lib/python3.13/ensurepip \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
      -x '/(site-packages|idlelib|pydoc_data|tkinter|turtledemo)/' /usr/local/lib/python3.13
COPY --from=build /opt/easel /opt/easel
# A port on the container's own loopback, for its health check alone. Webhooks need HTTP_HOST=0.0.0.0.
ENV PATH=/opt/easel/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    EASEL_DATA_DIR=/data \
    EASEL_LOG_FORMAT=json \
    HTTP_HOST=127.0.0.1 \
    HTTP_PORT=8080
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m CMD ["easel", "health"]
ENTRYPOINT ["easel"]
CMD ["run"]
