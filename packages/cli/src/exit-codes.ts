/**
 * What an exit code of `meshhook` means: the whole table.
 *
 * Scripts and CI rely on these numbers; a number is never given another meaning.
 */
export const EXIT_CODES = {
  ok: { code: 0, meaning: "Done. For `run --follow`: the run succeeded. For `start`: drained after a signal." },
  failed: {
    code: 1,
    meaning: "Something went wrong; the message says what. For `start`: crashed. For `replay`: the re-fold differs.",
  },
  badInput: { code: 2, meaning: "A flag, a variable or a file is wrong; nothing was done. All mistakes are listed." },
  unreachable: { code: 3, meaning: "MeshHook or the database cannot be reached, or refuses to work now." },
  notMet: {
    code: 4,
    meaning: "Work was done, and what it checked does not hold: an audit or a threshold of the benchmark.",
  },
  runFailed: { code: 5, meaning: "`run --follow`: the run ended as failed." },
  runCanceled: { code: 6, meaning: "`run --follow`: the run was canceled." },
  inconclusive: {
    code: 8,
    meaning:
      "`bench`: it neither passed nor failed. The machine was disturbed, or the sample is too small; measure again.",
  },
  void: {
    code: 9,
    meaning: "`bench`: the figures do not answer the question. Clocks disagree, or the database was not durable.",
  },
  denied: { code: 7, meaning: "The key is missing, wrong, revoked or not allowed to do this." },
} as const;

/** The name of an exit code. */
export type ExitName = keyof typeof EXIT_CODES;

/** Ends a command with a message for people and an exit code. Anything else that is thrown is a defect or a failure: code 1. */
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
