#!/usr/bin/env node
// Starts MeshHook. Written so that every Node can read it: an old one is told which it has to be.
"use strict";
var found = process.versions.node;
var parts = found.split(".").map(Number);
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 18)) {
  process.stderr.write(
    "MeshHook needs Node 22.18 or later, and this is Node " +
      found +
      ". Install a newer one from https://nodejs.org and try again.\n",
  );
  process.exit(1);
}
import("../packages/cli/src/main.js").catch(function (error) {
  process.stderr.write(String((error && error.stack) || error) + "\n");
  process.exit(1);
});
