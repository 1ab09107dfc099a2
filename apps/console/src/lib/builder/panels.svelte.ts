export const PANELS = ["details", "problems", "sample", "endpoint"] as const;
export type Panel = (typeof PANELS)[number];

export const TABS: readonly { readonly panel: Panel; readonly label: string }[] = [
  { panel: "details", label: "Details" },
  { panel: "problems", label: "Problems" },
  { panel: "sample", label: "Sample" },
  { panel: "endpoint", label: "Endpoint" },
];

/** The panel beside the graph, and how the graph is shown. The page keeps both in its address. */
class Panels {
  panel = $state<Panel>("details");
  view = $state<"canvas" | "list">("canvas");

  show(panel: Panel): void {
    this.panel = panel;
  }
}

export const panels = new Panels();
