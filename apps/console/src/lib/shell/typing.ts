/** Controls that accept letters. A checkbox, a button or a file chooser does not, so shortcuts work on it. */
const TEXT_FIELD = [
  "textarea",
  "select",
  'input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"], [type="reset"], [type="file"], [type="image"])',
  '[contenteditable]:not([contenteditable="false"])',
  '[role="textbox"]',
  '[role="searchbox"]',
  '[role="combobox"]',
  '[role="spinbutton"]',
].join(", ");

/**
 * Whether a key press, a paste or a copy belongs to a field in which the user is typing; then no shortcut of the page may act on it.
 *
 * Looks at the whole path of the event. From outside a shadow root, where the code editors live, `event.target` is only their host.
 */
export function isTyping(event: Event): boolean {
  if (event instanceof KeyboardEvent && event.isComposing) return true;
  return event
    .composedPath()
    .some((place) => place instanceof Element && (place.matches(TEXT_FIELD) || isEditable(place)));
}

/** `isContentEditable` also takes the element's ancestors and `designMode` into account. */
function isEditable(place: Element): boolean {
  return place instanceof HTMLElement && place.isContentEditable;
}
