/** The services of docker-openwisp that run Django, and with it OpenWISP's own collector. */
const DJANGO_SERVICES = ["dashboard", "api", "websocket", "celery", "celery_monitoring", "celerybeat"];

/** The lines of compose that switch OpenWISP's own collector off, as the log shows them. */
export const HAND_OVER = [
  "services:",
  ...DJANGO_SERVICES.map((it) => `  ${it}: { environment: { METRIC_COLLECTION: "False" } }`),
].join("\n");
