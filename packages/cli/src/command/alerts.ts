import type { AlertRuleResource } from "@meshhook/contract";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";

/** Lists what is watched, where it reports to, and what could not be delivered. */
export async function showAlerts(isJson: boolean, config: Config, output: Output): Promise<ExitName> {
  const found = await withConnection(connect(config), async (client) => ({
    rules: (await client.listAlertRules()).items,
    channels: (await client.listAlertChannels()).items,
    messages: (await client.listAlertMessages()).items,
  }));
  const exit = found.rules.some(({ isPaused, state }) => !isPaused && state?.isFiring === true) ? "failed" : "ok";
  if (isJson) {
    output.line(JSON.stringify(found));
    return exit;
  }
  if (found.rules.length === 0) output.line("Nothing is watched in this project.");
  for (const rule of found.rules)
    output.line(`${stateOf(rule)}  ${rule.name}  (${rule.kind} from ${rule.threshold} on)`);
  for (const { id, name, target } of found.channels) output.line(`channel  ${name}  ${target.kind}  ${id}`);
  for (const { createdAt, error, state, summary } of found.messages)
    if (state !== "delivered") output.line(`${state}  ${createdAt}  ${summary}${error === null ? "" : `: ${error}`}`);
  return exit;
}

export async function testChannel(channel: string, config: Config, output: Output): Promise<ExitName> {
  const error = await withConnection(connect(config), async (client) => {
    const { items } = await client.listAlertChannels();
    const found = items.find(({ id, name }) => id === channel || name === channel);
    if (found === undefined)
      throw new CommandError("badInput", `There is no channel "${channel}". \`meshhook alerts\` lists them.`);
    return (await client.testAlertChannel({ channelId: found.id })).error;
  });
  output.line(error === null ? "The test was delivered." : `The test was not delivered: ${error}`);
  return error === null ? "ok" : "failed";
}

function stateOf({ isPaused, state }: AlertRuleResource): string {
  if (isPaused) return "paused ";
  if (state === null) return "unknown";
  return state.isFiring ? "FIRING " : "ok     ";
}
