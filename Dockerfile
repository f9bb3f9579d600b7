# Two stages: the first builds, the second holds what runs, and nothing else.
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/easel
COPY requirements/run.txt requirements/run.txt
RUN /opt/easel/bin/pip install --no-cache-dir --require-hashes --requirement requirements/run.txt
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY bot bot
# The try-it room stays out of the image (.dockerignore), and so do the libraries it needs.
RUN pip wheel --no-cache-dir --no-deps --wheel-dir dist . \
 && /opt/easel/bin/pip install --no-cache-dir --no-deps dist/*.whl \
 && /opt/easel/bin/pip uninstall --yes pip

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 easel && install --directory --owner easel --mode 700 /data
COPY --from=build /opt/easel /opt/easel
USER easel
WORKDIR /data
ENV PATH=/opt/easel/bin:$PATH PYTHONUNBUFFERED=1 EASEL_DATA_DIR=/data EASEL_LOG_FORMAT=json
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["easel"]
CMD ["run"]
