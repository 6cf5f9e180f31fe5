import { defineConfig } from "vite";

const api = `http://127.0.0.1:${8000}`;

/** Everything is served from the API's own host: files by their hash, no inline script or style, no source map. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: "warn",
  build: {
    outDir: "../../dist/console",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: ["index.html", "chat.html"].map((page) => `${import.meta.dirname}/${page}`),
      // "use client" means nothing here.
      onLog: (level, log, report) => log.code !== "MODULE_LEVEL_DIRECTIVE" && report(level, log),
    },
  },
  // `npm run dev:console` beside a running desk.
  server: { proxy: { "/api": api, "/docs": api, "/admin": api, "/ws": { target: api, ws: true } } },
});
