/**
 * What an exit code of `meshhook` means: the whole table.
 *
 * Scripts and CI rely on these numbers; a number never changes its meaning.
 */
export const EXIT_CODES = {
  ok: {
    code: 0,
    meaning:
      "Success. `run --follow`: the run succeeded. `start`: stopped by a signal after finishing work in progress.",
  },
  failed: {
    code: 1,
    meaning:
      "Failure; the message says why. `start`: crashed. `replay`: the result differs from the server. `try`: some run would differ, or cannot be known. `import`: something was not understood.",
  },
  badInput: {
    code: 2,
    meaning: "Bad input: a flag, a variable or a file is wrong. Every mistake is listed, and nothing was done.",
  },
  unreachable: { code: 3, meaning: "MeshHook or the database cannot be reached, or is refusing requests." },
  notMet: {
    code: 4,
    meaning:
      "`bench`: an audit or a threshold failed. `bench compare`, `bench ab`: the candidate is worse. `bench gate`: the change is stopped.",
  },
  runFailed: { code: 5, meaning: "`run --follow`: the run failed." },
  runCanceled: { code: 6, meaning: "`run --follow`: the run was canceled." },
  denied: { code: 7, meaning: "The API key is missing, wrong, revoked or not allowed to do this." },
  inconclusive: {
    code: 8,
    meaning:
      "`bench`: neither passed nor failed. The machine was disturbed or the sample is too small; measure again. `bench compare`: some figures are not decided.",
  },
  void: {
    code: 9,
    meaning: "`bench`: the figures are not valid. Clocks disagree, or the database was not durable.",
  },
} as const;

/** The name of an exit code. */
export type ExitName = keyof typeof EXIT_CODES;

/** Ends a command with a message for people and an exit code. Anything else that is thrown ends it with code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exit: ExitName;

  constructor(exit: ExitName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
  }
}

/** The table for `meshhook --help`. */
export function exitCodesText(): string {
  return Object.values(EXIT_CODES)
    .map(({ code, meaning }) => `  ${code}  ${meaning}`)
    .join("\n");
}
