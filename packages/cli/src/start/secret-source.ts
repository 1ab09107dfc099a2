import { EnvironmentSecrets, firstSource, SecretFile, SecretFileError, type SecretSource } from "@meshhook/runtime";

import { CommandError } from "../exit-codes.ts";

/** Variables are one list for the whole process, so they belong to one project, and others do not see them. */
const PROJECT_OF_VARIABLES = "default";

/**
 * Where the secrets of calls come from: the file, then the variables.
 *
 * @throws CommandError when the file cannot be used.
 */
export function openSecrets(file: string | null, variables: ReadonlyMap<string, string>): SecretSource {
  const fromVariables = new EnvironmentSecrets(PROJECT_OF_VARIABLES, variables);
  if (file === null) return fromVariables;
  try {
    return firstSource([new SecretFile(file), fromVariables]);
  } catch (error) {
    if (error instanceof SecretFileError) throw new CommandError("badInput", error.message);
    throw error;
  }
}
