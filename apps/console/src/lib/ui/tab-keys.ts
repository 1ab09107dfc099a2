/** Arrow keys, Home and End in a tab list, with the usual behaviour: the focused tab is selected. */
export function tabKeys(list: Element): () => void {
  const move = (event: Event): void => {
    if (!(event instanceof KeyboardEvent) || event.ctrlKey || event.metaKey || event.altKey) return;
    const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
    const at = tabs.findIndex((tab) => tab === event.target);
    const target = {
      ArrowRight: tabs[(at + 1) % tabs.length],
      ArrowLeft: tabs.at(at - 1),
      Home: tabs[0],
      End: tabs.at(-1),
    }[event.key];
    if (at === -1 || target === undefined) return;
    event.preventDefault();
    target.focus();
    target.click();
  };
  list.addEventListener("keydown", move);
  return () => list.removeEventListener("keydown", move);
}
