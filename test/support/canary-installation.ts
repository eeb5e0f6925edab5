import { type Canaries, email, hex, host, ip, password, path, type Shape, url, variable } from "./canary.ts";
import type { ImageSpec } from "./engine-images.ts";
import { type Miniature, miniature } from "./miniature.ts";

/** Behind these words the places are whose secrets `explain` is meant to show the admin. */
export const SHOWN = "shown by explain:";

const PROJECT_FOLDER = "/opt/openwisp/openwisp";

/** docker-openwisp of a release with secrets wherever there may be some, beside containers of other people. */
export function canaryInstallation(canaries: Canaries, release: string): Miniature {
  const { mark } = canaries;
  const { images, containers } = miniature(release, {
    project: mark("name of the project"),
    owner: `${mark("registry of the images", host)}:5000/${mark("owner of the images")}`,
    // Of the release only another name of the image tells, and __openwisp_version__.
    tag: "latest",
    services: ["dashboard", "celerybeat", "nginx", "postfix"],
  });
  const foreign = `${mark("registry of a foreign image", host)}/${mark("name of a foreign image")}:${mark("tag of a foreign image")}`;
  return {
    images: [
      ...images.map((it) => withSecrets(it, canaries)),
      {
        reference: foreign,
        env: secretsOf(canaries, "a foreign image"),
        labels: labelsOf(canaries, "a foreign image"),
        files: {},
      },
    ],
    containers: [
      ...containers.map((it) => ({
        ...it,
        env: { ...it.env, ...secretsOf(canaries, it.name), ...known(canaries, it.name) },
        labels: { ...it.labels, ...labelsOf(canaries, it.name) },
      })),
      {
        name: mark("name of a foreign container"),
        image: foreign,
        env: {
          ...secretsOf(canaries, "a foreign container"),
          MODULE_NAME: mark("MODULE_NAME of a foreign container"),
          PYTHON_VERSION: mark("PYTHON_VERSION of a foreign container"),
        },
        labels: {
          ...labelsOf(canaries, "a foreign container"),
          "com.docker.compose.project": mark("project of a foreign container"),
          "com.docker.compose.service": mark("service of a foreign container"),
          "com.docker.swarm.service.name": mark("swarm service of a foreign container"),
          "com.docker.stack.namespace": mark("stack of a foreign container"),
        },
      },
    ],
  };
}

/** Variables that mean something, with values that do not. */
function known({ mark }: Canaries, name: string): Record<string, string> {
  if (/dashboard|celerybeat/.test(name)) return { METRIC_COLLECTION: mark(`METRIC_COLLECTION of ${name}`) };
  return {
    METRIC_COLLECTION: mark(`METRIC_COLLECTION of ${name}`),
    DEBUG_MODE: mark(`DEBUG_MODE of ${name}`),
    PYTHON_VERSION: mark(`PYTHON_VERSION of ${name}`),
    USE_OPENWISP_RADIUS: mark(`USE_OPENWISP_RADIUS of ${name}`),
  };
}

export function secretsOf({ mark }: Canaries, of: string): Record<string, string> {
  const value = (name: string, shape?: Shape) => ({ [name]: mark(`${name} of ${of}`, shape) });
  return {
    ...value("DJANGO_SECRET_KEY", password),
    ...value("DB_PASS", password),
    ...value("DB_HOST", ip),
    ...value("EMAIL_HOST_PASSWORD"),
    ...value("EMAIL_DJANGO_DEFAULT", email),
    ...value("DASHBOARD_DOMAIN", host),
    ...value("SSH_PRIVATE_KEY_PATH", path),
    ...value("REDIS_URL", url),
    [mark(`name of a variable of ${of}`).toUpperCase()]: mark(`value of a variable of ${of}`),
  };
}

function labelsOf({ mark }: Canaries, of: string): Record<string, string> {
  const value = (name: string, shape?: Shape) => ({ [name]: mark(`label ${name} of ${of}`, shape) });
  return {
    ...value("com.docker.compose.config-hash", hex),
    ...value("com.docker.compose.project.working_dir", path),
    ...value("com.docker.compose.project.config_files", path),
    ...value("maintainer", email),
    ...value("org.opencontainers.image.version"),
    ...value("org.opencontainers.image.source", url),
    ...value("io.openwisp.version"),
    ...value("io.openwisp.module.netdiff"),
    ...value("io.openwisp.role"),
    ...value("io.openwisp.unheard-of"),
    [`io.openwisp.module.${mark(`unknown module in a label of ${of}`)}`]: "1.2.3",
    [mark(`name of a label of ${of}`)]: mark(`value of a label of ${of}`, variable),
  };
}

/** Secrets around everything that is read from the files of an image, and in places where a value is looked for. */
function withSecrets(image: ImageSpec, canaries: Canaries): ImageSpec {
  const { mark } = canaries;
  const name = image.reference.replace(/^.*openwisp-|:.*$/g, "");
  const files: Record<string, string> = {
    "/etc/hostname": mark(`/etc/hostname of ${name}`, host),
  };
  for (const [file, content] of Object.entries(image.files)) {
    const at = (what: string, shape?: Shape) => mark(`${what} in ${file} of ${name}`, shape);
    files[file] = [
      `# ${at("comment")}`,
      content,
      `PASSWORD = "${at("assignment", password)}"`,
      at("last line", url),
    ].join("\n");
    if (file.endsWith("/METADATA"))
      files[file] = [
        `Author-email: ${at("author", email)}`,
        content,
        `Description of ${at("description")}`,
      ].join("\n");
    if (file.endsWith("/module_settings.py"))
      files[file] = content.replace(
        "INSTALLED_APPS = [",
        `# ${at("comment")}\nINSTALLED_APPS = [\n "${at("foreign app")}", # ${at("comment of an app")}\n "openwisp_${mark(`${SHOWN} app of ${name}`)}.${at("sub-app")}",`,
      );
    if (file.endsWith(`${PROJECT_FOLDER}/__init__.py`))
      files[file] +=
        `\n__openwisp_installation_method__ = "${at("second method")}"\n__author__ = "${at("author")}"`;
    // A tuple that is none, and a header that has no version: what is left are the other sources.
    if (file.endsWith("/openwisp_users/__init__.py")) files[file] = `VERSION = (1, 2, 0, "${at("stage")}")\n`;
    if (file.includes("/netdiff-")) files[file] = `Version: ${at("version")}\n`;
    if (file.includes("/openwisp_ipam-"))
      files[file] = `Version: 1.2.post1+${mark(`${SHOWN} local suffix of ipam in ${name}`)}\n`;
  }
  const init = files[`${PROJECT_FOLDER}/__init__.py`];
  if (init !== undefined)
    files[`${PROJECT_FOLDER}/__init__.py`] = init
      .replace('"docker-openwisp"', `"${mark(`${SHOWN} method of ${name}`)}"`)
      .replace(
        /(__openwisp_version__ = "[\d.]+)/,
        `$1+${mark(`${SHOWN} local suffix of the literal in ${name}`)}`,
      );
  if (init !== undefined) files[`${PROJECT_FOLDER}/VERSION`] = `${mark(`VERSION of ${name}`, password)}\n`;
  return {
    ...image,
    env: { ...secretsOf(canaries, `image ${name}`), ...image.env },
    labels: labelsOf(canaries, `image ${name}`),
    files,
    links: { ...image.links, "/etc/machine-id": mark(`target of a link of ${name}`, path) },
  };
}
