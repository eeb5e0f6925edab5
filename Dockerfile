FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The install scripts of dependencies are for machines without Node 24, and for parts that are not bundled.
RUN npm ci --ignore-scripts --no-fund --no-audit
COPY build.ts ./
COPY src src
RUN npm run build

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="openwisp-metrics" \
      org.opencontainers.image.description="Reports the anonymous usage metrics of an OpenWISP installation" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      io.openwisp.metrics.ignore="true"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /build/dist ./
# Started as root, the program becomes the owner of /data, and a named volume takes its owner from here.
RUN ln -s /app/openwisp-metrics.js /usr/local/bin/openwisp-metrics && mkdir -m 1777 /data && chown 1000:1000 /data
# Every variable has a default. They are explained in the README and in .env.example:
#   METRIC_COLLECTION DO_NOT_TRACK COLLECTOR_URL COLLECTOR_SITE_ID OPENWISP_PROJECT INSTALLATION_METHOD
#   HEARTBEAT_SCHEDULE SETTLE_SECONDS STATE_DIR DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH
#   SYSTEM_INFO_PORT SYSTEM_INFO_HOST SYSTEM_INFO_BASE_PATH SYSTEM_INFO_ALLOWED_HOSTS
#   SYSTEM_INFO_TOKEN SYSTEM_INFO_TOKEN_FILE
#   LOG_LEVEL LOG_FORMAT NO_COLOR TZ HTTP_PROXY HTTPS_PROXY NO_PROXY NODE_EXTRA_CA_CERTS
EXPOSE 8088
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5m --timeout=10s --start-period=30s CMD ["openwisp-metrics", "healthcheck"]
ENTRYPOINT ["openwisp-metrics"]
CMD ["run"]
