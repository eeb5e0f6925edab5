/**
 * Makes dist/openwisp-metrics.js and, in dist/parts, what it loads when it is needed, with all dependencies in them.
 *
 * Each dynamic import is a part of its own, and all are CommonJS: Node's loader of ES modules takes as long for a dozen
 * of small files as they themselves do. What several parts use is in each of them: do not ask with `instanceof` for a
 * class of another part.
 */
import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build, type Plugin } from "esbuild";

/**
 * What dependencies bring along and a sidecar never uses: ways to an engine that we do not go (SSH, gRPC), archives that
 * we do not make, certificates in one file, debug output, caches and forms of got, and what pino does for others.
 */
const LEFT_OUT =
  /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|tar-fs|@balena\/dockerignore|split-ca|debug|http2-wrapper|decompress-response|cacheable-lookup|@pinojs\/redact|thread-stream|sonic-boom)$/;
/** Of dockerode all that is neither a container nor an image, and of systeminformation all but the operating system. */
const LEFT_OUT_OF: readonly (readonly [dependency: string, path: RegExp])[] = [
  ["dockerode", /^\.\/(volume|network|service|plugin|secret|config|task|node|exec|session)$/],
  [
    "systeminformation",
    /^\.\/(system|cpu|memory|battery|graphics|filesystem|network|wifi|processes|users|internet|docker|virtualbox|printer|usb|audio|bluetooth)$/,
  ],
];

/** What is asked for in vain, or too early: by whom, for what, and what does as well. */
const INSTEAD: readonly (readonly [importer: string, path: RegExp, contents: string])[] = [
  ["got", /^cacheable-request$/, "exports.CacheError = class {};"],
  ["got", /^form-data-encoder$/, "exports.isFormData = () => false;"],
  // For the names of requests, which only who traces got hears.
  ["got", /^node:crypto$/, "exports.randomUUID = () => '';"],
  // Before it is known whether there is any TLS.
  [
    "got",
    /^node:tls$/,
    "exports.checkServerIdentity = (...it) => process.getBuiltinModule('node:tls').checkServerIdentity(...it);",
  ],
  ["pino", /^worker_threads$/, "exports.isMainThread = true;"],
];

const BUILTIN = new RegExp(`^(node:)?(${builtinModules.join("|")})$`);
/** These are functions or classes themselves. */
const WHOLE = /^(node:)?(events|stream|assert|module|process)$/;

/**
 * Leaves out what is never used, and loads Node's own modules at their first use: to import "node:http" the usual way
 * would load Node's fetch, too, at 15 MB; TLS takes another 7.
 */
const lean: Plugin = {
  name: "lean",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: LEFT_OUT }, ({ path }) => ({ path, namespace: "left-out" }));
    for (const [dependency, filter] of LEFT_OUT_OF)
      onResolve({ filter }, ({ path, importer }) =>
        isOf(dependency, importer) ? { path, namespace: "left-out" } : undefined,
      );
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({
      contents: "module.exports = function () { return () => {}; };",
    }));

    for (const [importer, filter, contents] of INSTEAD)
      onResolve({ filter }, (it) =>
        isOf(importer, it.importer)
          ? { path: it.path, namespace: "instead", pluginData: contents }
          : undefined,
      );
    onLoad({ filter: /.*/, namespace: "instead" }, ({ pluginData }) => ({ contents: pluginData }));

    // got's complaints join words by the rules of the language, which take 9 ms to load.
    onLoad({ filter: /@sindresorhus\/is\/.*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(
        /new Intl\.ListFormat\([^)]*\)/g,
        "{ format: String }",
      ),
    }));

    // Node's own is the newer one.
    onResolve({ filter: /^readable-stream$/ }, () => ({ path: "node:stream", namespace: "builtin" }));
    onResolve({ filter: BUILTIN }, ({ path }) => ({ path, namespace: "builtin" }));
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => {
      const module = `process.getBuiltinModule(${JSON.stringify(path)})`;
      // Its names are looked up when they are used.
      const late = `Object.create(new Proxy({}, { get: (_, name) => ${module}[name] }))`;
      return { contents: `module.exports = ${WHOLE.test(path) ? module : late};` };
    });
  },
};

function isOf(dependency: string, importer: string): boolean {
  return importer.includes(`/node_modules/${dependency}/`);
}

/** The files that parts are made of, by the name of the part: what Node is started with, and what that leads to. */
const parts = new Map([
  ["openwisp-metrics", "src/main.ts"],
  ["rest", "src/rest.ts"],
]);

/** A dynamic import names a part, which is still to be made. */
function apart(folder: string): Plugin {
  return {
    name: "apart",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /.*/ }, async ({ kind, path, importer, resolveDir }) => {
        if (kind !== "dynamic-import" || BUILTIN.test(path)) return undefined;
        const { path: file, errors } = await resolve(path, {
          kind: "import-statement",
          importer,
          resolveDir,
        });
        const name = basename(path, ".ts");
        if ((parts.get(name) ?? file) !== file) return { errors: [{ text: `two parts are called ${name}` }] };
        if (errors.length > 0) return { errors };
        parts.set(name, file);
        return { path: `${folder}${name}.cjs`, external: true };
      });
    },
  };
}

/**
 * What V8 made of the code when it was built is used again by the commands, and saves them a tenth of their time. The
 * daemon sets V8 otherwise, and keeps less in memory without. A Node that does not know it does without, too.
 */
const USE_CACHE = `
if (![undefined, "run"].includes(process.argv[2]))
  try { process.getBuiltinModule("node:module").enableCompileCache({ directory: __dirname + "/cache", portable: true }); }
  catch {}
`;

/** Runs commands, none of which reaches anything: V8 keeps what it had to compile. */
async function fillCache(): Promise<void> {
  const stateDir = await mkdtemp(join(tmpdir(), "openwisp-metrics-build-"));
  const nowhere = {
    DOCKER_HOST: "unix:///nowhere",
    COLLECTOR_URL: "http://127.0.0.1:1/",
    STATE_DIR: stateDir,
  };
  for (const command of ["report", "opt-out", "healthcheck"])
    spawnSync(process.execPath, ["dist/openwisp-metrics.js", command], { env: nowhere, stdio: "ignore" });
  await rm(stateDir, { recursive: true });
  // They are written for the user who built them only.
  for (const it of await readdir("dist/cache", { recursive: true, withFileTypes: true }))
    if (it.isFile()) await chmod(join(it.parentPath, it.name), 0o644);
}

await rm("dist", { recursive: true, force: true });
let bytes = 0;
for (const [name, file] of parts) {
  const isMain = name === "openwisp-metrics";
  const { metafile } = await build({
    entryPoints: [file],
    outfile: isMain ? `dist/${name}.js` : `dist/parts/${name}.cjs`,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    supported: { "dynamic-import": false },
    define: { "import.meta.filename": "__filename" },
    minify: true,
    legalComments: "none",
    ...(name === "openwisp-metrics" && { banner: { js: USE_CACHE } }),
    plugins: [apart(isMain ? "./parts/" : "./"), lean],
    metafile: true,
  });
  for (const output of Object.values(metafile.outputs)) bytes += output.bytes;
}
await writeFile("dist/package.json", '{"type":"commonjs"}\n');
await fillCache();
console.log(`dist/openwisp-metrics.js and its parts: ${Math.round(bytes / 1000)} kB`);
