# The assistant: Rasa with Careline's channel, stores and understanding; the model is trained in.
# Run a second time as the trainer. Built from the repository's root. Never published to the
# internet: its address is an inner one.
FROM python:3.10-slim AS trained
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9
COPY assistant/pyproject.toml assistant/uv.lock assistant/.python-version assistant/
RUN uv sync --directory assistant --frozen --no-dev --compile-bytecode
COPY assistant assistant
COPY data data
COPY config.yml domain.yml endpoints.yml credentials.yml ./
ENV PYTHONPATH=/app RASA_TELEMETRY_ENABLED=false PYTHONUNBUFFERED=1
RUN assistant/.venv/bin/python -m assistant.weights && assistant/.venv/bin/python -m assistant.train \
    && mkdir -p models/learnt

FROM python:3.10-slim
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /app careline
COPY --from=trained --chown=careline /app /app
# What a training at the desk is measured with.
COPY tests/nlu tests/nlu
ENV PATH=/app/assistant/.venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 \
    RASA_TELEMETRY_ENABLED=false CARELINE_ASSISTANT_HOST=0.0.0.0
USER 10001
EXPOSE 5005
CMD ["python", "-m", "assistant.serve"]
