export type JsonInputErrorCode = "json_invalid" | "json_too_deep" | "json_too_large" | "json_number_range";

/** A text that is not JSON or exceeds the limits. The message does not repeat any of the text. */
export class JsonInputError extends Error {
  override readonly name = "JsonInputError";
  readonly code: JsonInputErrorCode;

  constructor(code: JsonInputErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
