import { Child } from "../load/child/child.ts";
import type { Contestant, Place, RunningContestant } from "./contestant.ts";
import type { HostCommand, HostMessage } from "./host/protocol.ts";
import type { Peer } from "./peer.ts";

const STOP_MS_MAX = 5_000;
/** An engine that needs longer to start, to count its runs or to list them is stuck. */
const ANSWER_MS_MAX = 60_000;

/** @param folder  Where the peer's packages are. */
export function peerContestant(peer: Peer, folder: string): Contestant {
  return { name: peer.name, start: (place) => startPeer(peer, folder, place) };
}

async function startPeer(peer: Peer, folder: string, place: Place): Promise<RunningContestant> {
  const child = await Child.start<HostCommand, HostMessage>(new URL("./host/process.ts", import.meta.url), peer.title);
  const programs: number[] = [];
  child.listen((message) => {
    if (message.kind === "spawned") programs.push(message.pid);
  });
  try {
    await child.next("ready");
    const { port } = await ask(child, "listening", {
      kind: "start",
      engine: peer.engine.href,
      packages: folder,
      databaseUrl: place.databaseUrl,
      directory: place.directory,
      workflow: place.workflow,
      sinkPort: place.sinkPort,
    });
    return {
      target: { host: "127.0.0.1", port, path: "/hooks/bench" },
      pid: child.pid,
      countUnfinished: async () => (await ask(child, "counted", { kind: "count" })).unfinished,
      readEnded: async () => (await ask(child, "reported", { kind: "report" })).ended,
      stop: () => stopPeer(child, programs),
    };
  } catch (error) {
    await stopPeer(child, programs);
    throw error;
  }
}

type Host = Child<HostCommand, HostMessage>;

async function ask<Kind extends HostMessage["kind"]>(
  host: Host,
  kind: Kind,
  command: HostCommand,
): Promise<Extract<HostMessage, { readonly kind: Kind }>> {
  const answered = host.next(kind);
  const failed = host.next("failed").then(({ message }) => {
    throw new Error(message);
  });
  // Whichever does not come is nobody's business.
  answered.catch(() => undefined);
  failed.catch(() => undefined);
  host.send(command);
  return within(ANSWER_MS_MAX, `no answer to "${command.kind}"`, Promise.race([answered, failed]));
}

/** Asks it to end, so that it ends what it started, and ends it. */
async function stopPeer(host: Host, programs: readonly number[]): Promise<void> {
  const hasEnded = await within(STOP_MS_MAX, "no end", ask(host, "stopped", { kind: "stop" })).then(
    () => true,
    () => false,
  );
  await host.stop();
  if (hasEnded) return;
  for (const pid of programs) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`There was ${what} within ${String(ms / 1_000)} s.`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
