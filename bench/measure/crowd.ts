import { type Miniature, miniature } from "../../test/support/miniature.ts";

/** An installation as it is by default has ten containers; with the sidecar they are eleven. */
export const USUAL = 11;

const FOREIGN_IMAGES = 5;

/**
 * The engine of an installation with so many containers: up to eleven those of docker-openwisp and the sidecar; beyond,
 * half of them celery workers of a service that is scaled, half those of a stranger's project.
 */
export function crowd(release: string, total: number): Miniature {
  const { images, containers } = miniature(release);
  const foreign = Array.from({ length: FOREIGN_IMAGES }, (_, i) => ({
    reference: `shop/service-${i}:1.0`,
    env: { PATH: "/usr/bin", PASSWORD: "secret" },
    files: {},
  }));
  const sidecar = { reference: "openwisp/openwisp-metrics:latest", env: {}, files: {} };
  const usual = [
    ...containers,
    {
      name: "docker-openwisp-metrics-1",
      image: sidecar.reference,
      labels: { ...composeLabels("docker-openwisp", "metrics"), "io.openwisp.metrics.ignore": "true" },
    },
  ];
  const worker = containers.find((it) => it.name.includes("celery"));
  const more = Array.from({ length: Math.max(0, total - usual.length) }, (_, i) =>
    i % 2 === 0 && worker
      ? { ...worker, name: worker.name.replace("-1", `-${i + 2}`) }
      : {
          name: `shop-service-${i}`,
          image: foreign[i % FOREIGN_IMAGES]?.reference ?? "",
          labels: composeLabels("shop", `service-${i % FOREIGN_IMAGES}`),
        },
  );
  return { images: [...images, sidecar, ...foreign], containers: [...usual, ...more].slice(0, total) };
}

function composeLabels(project: string, service: string): Record<string, string> {
  return {
    "com.docker.compose.project": project,
    "com.docker.compose.service": service,
    "com.docker.compose.project.working_dir": `/srv/${project}`,
    "com.docker.compose.version": "2.40.0",
  };
}
