import { defineConfig } from "vite";

/** One script for foreign pages: what is React's in the console is Preact's here, and the styles are a text in the script. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: "warn",
  resolve: {
    alias: [
      { find: /^react\/jsx-runtime$/, replacement: "preact/jsx-runtime" },
      { find: /^react(-dom\/client)?$/, replacement: `${import.meta.dirname}/widget/react-by-preact.ts` },
      { find: /^marked$/, replacement: `${import.meta.dirname}/widget/small-markdown.ts` },
    ],
  },
  build: {
    outDir: "../../dist/console",
    // The console's pages were put there before.
    emptyOutDir: false,
    target: "es2022",
    reportCompressedSize: false,
    lib: {
      entry: `${import.meta.dirname}/widget-main.tsx`,
      formats: ["iife"],
      name: "SwitchboardWidget",
      fileName: () => "widget.js",
    },
  },
});
