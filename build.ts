/**
 * Makes dist/openwisp-metrics.js and the parts that it loads when they are needed, with all dependencies in them.
 *
 * What dependencies bring along and a sidecar never uses is left out, and Node's own modules are loaded at their first
 * use: to import "node:http" the usual way would load Node's fetch, too, at 15 MB; TLS takes another 7.
 */
import { rm } from "node:fs/promises";
import { builtinModules } from "node:module";
import { build, type Plugin } from "esbuild";

/**
 * Ways to an engine that we do not go (SSH, gRPC), archives that we do not make, certificates in one file, debug output,
 * and the threads that pino could write from.
 */
const LEFT_OUT =
  /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|tar-fs|@balena\/dockerignore|split-ca|debug|http2-wrapper|thread-stream|sonic-boom)$/;

const BUILTIN = new RegExp(`^(node:)?(${builtinModules.join("|")})$`);
/** These are functions or classes themselves. */
const WHOLE = /^(node:)?(events|stream|assert|module|process)$/;

const lean: Plugin = {
  name: "lean",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: LEFT_OUT }, ({ path }) => ({ path, namespace: "left-out" }));
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({
      contents: "module.exports = function () { return () => {}; };",
    }));

    // Node's own is the newer one.
    onResolve({ filter: /^readable-stream$/ }, ({ importer }) => ({
      path: `node:stream?${importer}`,
      namespace: "builtin",
    }));
    // One for each importer, as what is shared would be a file of its own.
    onResolve({ filter: BUILTIN }, ({ path, importer }) => ({
      path: `${path}?${importer}`,
      namespace: "builtin",
    }));
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path: request }) => {
      const [path = ""] = request.split("?");
      const module = `process.getBuiltinModule(${JSON.stringify(path)})`;
      // Its names are looked up when they are used.
      const late = `Object.create(new Proxy({}, { get: (_, name) => ${module}[name] }))`;
      return { contents: `module.exports = ${WHOLE.test(path) ? module : late};` };
    });
  },
};

await rm("dist", { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { "openwisp-metrics": "src/main.ts" },
  outdir: "dist",
  chunkNames: "parts/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node24",
  minify: true,
  legalComments: "none",
  plugins: [lean],
  metafile: true,
});
const bytes = Object.values(metafile.outputs).reduce((sum, it) => sum + it.bytes, 0);
console.log(`dist/openwisp-metrics.js and its parts: ${Math.round(bytes / 1000)} kB`);
