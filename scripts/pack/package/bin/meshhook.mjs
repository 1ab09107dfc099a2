#!/usr/bin/env node
// Starts MeshHook. Written so that old versions of Node can read it: they are told which one it has to be.
const found = process.versions.node;
const [major, minor] = found.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `MeshHook needs Node 22.18 or later, and this is Node ${found}. Install a newer one from https://nodejs.org and try again.\n`,
  );
  process.exit(1);
}
await import("../packages/cli/src/main.js");
