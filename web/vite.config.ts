import { defineConfig } from "vite";

export default defineConfig({
  // Every address is relative, so that a proxy may put the server under a prefix.
  base: "./",
  publicDir: false,
  worker: { format: "es" },
  build: {
    // The server reads from it which hashed files each page needs.
    manifest: "manifest.json",
    license: { fileName: "licenses.md" },
    // Fonts stay files: a browser fetches only those it shows.
    assetsInlineLimit: 0,
    // Monaco is one large piece by nature.
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: {
        explorer: "src/explorer.tsx",
        documentation: "src/documentation.ts",
      },
      onwarn(warning, warn) {
        // "use client" and its like mean nothing in a browser.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") {
          warn(warning);
        }
      },
    },
  },
});
