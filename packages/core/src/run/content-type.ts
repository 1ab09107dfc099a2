/** How the body of a request is written, by its content type. */
export type BodyForm = "json" | "form" | "markup" | "text";

/** Parameters, case and white space do not matter (RFC 9110 8.3.1); `+json` and `+xml` count as JSON and XML (RFC 6839). */
export function bodyFormOf(contentType: string): BodyForm {
  const type = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
  if (/[/+]json$/.test(type)) return "json";
  if (type === "application/x-www-form-urlencoded") return "form";
  return /[/+]xml$/.test(type) || type === "text/html" ? "markup" : "text";
}
