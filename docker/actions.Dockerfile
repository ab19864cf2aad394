# The action server. Built from the repository's root; holds nothing of its own.
FROM python:3.11-slim AS packages
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --frozen --no-dev --compile-bytecode

FROM python:3.11-slim
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /app careline
COPY --from=packages /app/.venv .venv
COPY care/__init__.py care/settings.py care/
COPY actions actions
ENV PATH=/app/.venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 CARELINE_ACTIONS_HOST=0.0.0.0
USER 10001
EXPOSE 5055
CMD ["python", "-m", "actions"]
