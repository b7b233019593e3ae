# The server, for any place that runs containers. Models come from /models: mount a folder there, or build on this image
# with `COPY models /models`. It listens on $PORT, which is 8000 unless set.

FROM node:24-slim AS web
WORKDIR /web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web ./
RUN npm run build

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
RUN python -m venv --without-pip /opt/predictql
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN pip install --quiet --require-hashes --only-binary :all: -r requirements/build.txt \
 && pip --python /opt/predictql/bin/python install --quiet --no-compile --require-hashes --only-binary :all: -r requirements/runtime.txt
COPY pyproject.toml LICENSE ./
COPY inference inference
COPY resolvers resolvers
COPY schema schema
COPY server server
# As in a checkout, the installed project is a pointer to its sources. The libraries' own tests go, a quarter of it all.
# All bytecode is made here, so that a container starts quickly although its user may write nothing.
RUN python -c 'from hatchling.build import build_editable; build_editable("/tmp/wheel")' \
 && pip --python /opt/predictql/bin/python install --quiet --no-deps --no-index /tmp/wheel/*.whl \
 && find /opt/predictql -type d -name tests -prune -exec rm -rf {} + \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/predictql/lib /app

FROM python:3.13-slim
COPY --from=build /opt/predictql /opt/predictql
COPY --from=build /app /app
COPY --from=web /web/dist /app/web/dist
# What a start finds out of models. The server writes to no other folder, and goes on where it cannot write to this one.
RUN install -d -m 700 -o 10001 -g 10001 /cache
ENV PATH=/opt/predictql/bin:$PATH PREDICTQL_HOST=0.0.0.0 PREDICTQL_CACHE_DIR=/cache PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# No name, no home, no rights: a number that no other process of a host is likely to have.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:%s/readyz' % (os.environ.get('PREDICTQL_PORT') or os.environ.get('PORT') or 8000), timeout=2)"]
ENTRYPOINT ["predictql"]
CMD ["serve", "/models"]
