# Beleg's web chat, with login. The volume /data holds the users, their feedback and your indexes.
#
#   docker build --tag beleg .
#   docker run --rm --interactive --tty --volume beleg:/data beleg beleg user add anna
#   docker run --rm --volume beleg:/data --volume "$PWD/texts:/texts:ro" beleg beleg index build /texts --out /data/index
#   docker run --detach --publish 7860:7860 --volume beleg:/data beleg
#
# The last one asks the bundled article. To ask an index, say so:
#   docker run … beleg beleg chat --host 0.0.0.0 --login --no-browser --index /data/index
#
# tests/test_packaging.py runs the RUN lines and the commands without Docker.

FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
# PyPI's torch for Linux carries CUDA, some 5 GB. For a smaller image give the index of torch's CPU builds, which
# pytorch.org names under "Get started": docker build --build-arg TORCH_INDEX=URL …
ARG TORCH_INDEX=
ENV BELEG_CACHE=/opt/beleg/cache \
    BELEG_USERS=/data/users.json \
    XDG_DATA_HOME=/data \
    PYTHONUNBUFFERED=1
COPY constraints.txt /opt/beleg/
RUN pip install --no-cache-dir --constraint /opt/beleg/constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} torch
COPY --from=build /wheels /opt/beleg/wheels
RUN pip install --no-cache-dir --constraint /opt/beleg/constraints.txt "$(echo /opt/beleg/wheels/*.whl)[eval,mcp,llm,cluster]"
RUN useradd --uid 1000 --create-home beleg && install --directory --owner beleg /data /opt/beleg/cache
USER beleg
WORKDIR /data
# Unpacks the embedded model into the image, and checks the installation.
RUN beleg doctor
VOLUME /data
EXPOSE 7860
HEALTHCHECK --start-period=2m CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/health', timeout=5)"
# As the first process of a container, Python ends at this signal only.
STOPSIGNAL SIGINT
CMD ["beleg", "chat", "--host", "0.0.0.0", "--login", "--no-browser"]
