import { registerHooks } from "node:module";

const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});

/** Prints which of the page's modules are in memory after the health check, then after a first request. */
const { startTestPage } = await import("./test-page.ts");
const page = await startTestPage();
const seen = () => loaded.map((it) => it.replace(/^.*\/(?=src\/|node_modules\/)/, ""));
await page.ask("/healthz");
const before = seen();
await page.ask("/");
const after = seen().slice(before.length);
await page.stop();
console.log(JSON.stringify({ before, after }));
