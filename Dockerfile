# One image for web, worker, beat and migrations; docker-compose.yml says which container runs what.

FROM node:22-slim AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    ABMOPS_DATA_DIR=/data
RUN useradd --system --create-home --home-dir /data --shell /usr/sbin/nologin abmops
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY --from=packages /build/node_modules node_modules
COPY . .
# The key serves this one command and is in no layer.
RUN ABMOPS_PROCESS=collect SECRET_KEY=only-to-collect DATABASE_URL=postgres://none/none REDIS_URL=redis://none/0 \
    python manage.py collectstatic --no-input --verbosity=0 && chown -R abmops /data
USER abmops
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz', headers={'Host': 'localhost'}); raise SystemExit(c.getresponse().status != 200)"]
ENV ABMOPS_PROCESS=web
CMD ["granian", "abmops.wsgi:application", "--interface", "wsgi", "--no-ws", "--http", "1", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers", "--log-level", "warning"]
