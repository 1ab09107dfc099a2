import { runCommand } from "./command.ts";
import { EmbeddedPostgresError } from "./failure.ts";

/** The unprivileged account that the server runs as when the caller is root. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const USER_NAME = "postgres";

/**
 * Finds who runs the server: null for the calling user, or the account `postgres` when the caller is root (PostgreSQL refuses
 * to run as root). The account is created as a system account when it does not exist.
 */
export async function serverUser(log: (line: string) => void): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const existing = await findUser();
  if (existing !== null) return existing;
  log(`PostgreSQL refuses to run as root: creating the system user "${USER_NAME}" for it`);
  const created = await runCommand(
    "useradd",
    ["--system", "--user-group", "--no-create-home", "--shell", "/bin/false", USER_NAME],
    null,
  );
  const user = await findUser();
  if (user === null) {
    throw new EmbeddedPostgresError(
      `PostgreSQL refuses to run as root, and the system user "${USER_NAME}" could not be created (${created.output.trim()}). ` +
        `Create that user, run MeshHook as a user other than root, or set DATABASE_URL to use your own database.`,
    );
  }
  return user;
}

async function findUser(): Promise<ServerUser | null> {
  const [uid, gid] = await Promise.all([
    runCommand("id", ["-u", USER_NAME], null),
    runCommand("id", ["-g", USER_NAME], null),
  ]);
  if (uid.code !== 0 || gid.code !== 0) return null;
  return { name: USER_NAME, uid: Number(uid.output), gid: Number(gid.output) };
}
