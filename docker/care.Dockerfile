# The care server: gateway, widget, desk, API. Built from the repository's root.
FROM node:20-slim AS browser
WORKDIR /app
COPY widget/package.json widget/package-lock.json widget/
COPY desk/package.json desk/package-lock.json desk/
RUN npm ci --prefix widget --no-audit --no-fund && npm ci --prefix desk --no-audit --no-fund
COPY widget widget
COPY desk desk
RUN npm run build --prefix widget && npm run build --prefix desk

FROM python:3.11-slim AS packages
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --frozen --no-dev --extra oidc --compile-bytecode

FROM python:3.11-slim
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /app careline \
    && mkdir -p var && chown careline var
COPY --from=packages /app/.venv .venv
COPY --from=browser /app/var/build build
COPY care care
COPY data data
ENV PATH=/app/.venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 \
    CARELINE_BUILD_DIR=/app/build CARELINE_HOST=0.0.0.0 CARELINE_INNER_HOST=0.0.0.0
USER 10001
EXPOSE 8000 8001
CMD ["python", "-m", "care", "serve"]
