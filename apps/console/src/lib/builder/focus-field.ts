/** Moves the focus to the first control at a place of the form: a field, or the editor in its shadow root. */
export function focusWithin(place: Element | null | undefined): void {
  const target =
    place?.matches("input") === true
      ? place
      : place?.querySelector("input:not([type=radio]), select, textarea, .code-host");
  const inner = target?.shadowRoot?.querySelector<HTMLElement>(".cm-content");
  (inner ?? (target as HTMLElement | null | undefined))?.focus();
}

/** The innermost field of the form that shows the value at a JSON pointer, opened and brought into view. */
export function fieldOf(form: Element | undefined, pointer: string): HTMLElement | undefined {
  const fields = [...(form?.querySelectorAll<HTMLElement>("[data-pointer]") ?? [])];
  const field = fields.findLast(({ dataset }) => pointer.startsWith(dataset["pointer"] ?? " "));
  field?.closest("details")?.setAttribute("open", "");
  field?.scrollIntoView({ block: "center" });
  return field;
}
