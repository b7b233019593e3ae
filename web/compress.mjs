// Puts a .gz beside each built file that gains from one, so that the server compresses nothing while it serves.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const folder = new URL("dist/assets/", import.meta.url);
for (const name of readdirSync(folder).filter((name) => /\.(js|css|ttf)$/.test(name))) {
  writeFileSync(new URL(`${name}.gz`, folder), gzipSync(readFileSync(new URL(name, folder)), { level: 9 }));
}
