/** What a person reads when MeshHook is ready. The key is there at the first start only. */
export function welcomeText(start: {
  readonly url: string;
  readonly database: string;
  readonly dataDir: string;
  readonly generatedKey: string | null;
  readonly isKeyGiven: boolean;
}): string {
  const key = keyLines(start.generatedKey, start.isKeyGiven);
  return `
  MeshHook is ready at ${start.url}

  Database   ${start.database}
  Data       ${start.dataDir}
  API        ${start.url}/docs
${key}
  Try it, in a second terminal:

    npm run meshhook -- apply examples/order-gate/workflow.json
    npm run meshhook -- run order-gate --payload examples/order-gate/payload.json --follow

  Ctrl-C stops MeshHook; it goes on where it was with the next start.

`;
}

function keyLines(generatedKey: string | null, isKeyGiven: boolean): string {
  if (generatedKey !== null) {
    return `
  Admin key, shown this once. Commands read it from the environment:

    export MESHHOOK_ADMIN_KEY=${generatedKey}
`;
  }
  if (isKeyGiven) return "  Admin key  the one in MESHHOOK_ADMIN_KEY\n";
  return "  Admin key  shown at the first start; lost it? Start with MESHHOOK_ADMIN_KEY=mh_<32 letters of your own>\n";
}
