import type { Command } from "#lib/shell/commands.svelte.ts";

import type { Editor } from "./editor.svelte.ts";
import type { Panel } from "./panels.svelte.ts";

export interface BuilderActions {
  readonly add: () => void;
  readonly arrange: () => void;
  readonly turn: () => void;
  readonly publish: () => void;
  readonly versions: () => void;
  readonly import: () => void;
  readonly remove: () => void;
  readonly show: (panel: Panel) => void;
}

const GROUP = "This workflow";

/** The commands of the builder, for the command list. */
export function builderCommands(editor: Editor, actions: BuilderActions): readonly Command[] {
  const looking: readonly Command[] = [
    {
      id: "workflow.try",
      title: "Try out the draft on the sample",
      group: GROUP,
      keywords: ["test", "run"],
      run: () => editor.tryOut(),
    },
    { id: "workflow.view", title: "Switch between graph and list", group: GROUP, run: actions.turn },
    { id: "workflow.problems", title: "Show problems", group: GROUP, run: () => actions.show("problems") },
    {
      id: "workflow.sample",
      title: "Show the sample payload",
      group: GROUP,
      keywords: ["test data"],
      run: () => actions.show("sample"),
    },
    {
      id: "workflow.versions",
      title: "Compare or restore versions",
      group: GROUP,
      keywords: ["history", "rollback"],
      run: actions.versions,
    },
    {
      id: "workflow.endpoint",
      title: "Show endpoints",
      group: GROUP,
      keywords: ["URL", "webhook", "curl", "signature"],
      run: () => actions.show("endpoint"),
    },
  ];
  if (editor.isReadOnly) return looking;
  return [
    { id: "workflow.publish", title: "Publish", group: GROUP, keywords: ["deploy", "release"], run: actions.publish },
    { id: "workflow.add", title: "Add a node", group: GROUP, keywords: ["step", "insert"], run: actions.add },
    ...looking,
    { id: "workflow.arrange", title: "Arrange in layers", group: GROUP, keywords: ["layout"], run: actions.arrange },
    { id: "workflow.undo", title: "Undo", group: GROUP, run: () => editor.undo() },
    { id: "workflow.redo", title: "Redo", group: GROUP, run: () => editor.redo() },
    {
      id: "workflow.import",
      title: "Import a document",
      group: GROUP,
      keywords: ["JSON", "YAML", "n8n"],
      run: actions.import,
    },
    editor.pause.since === null
      ? {
          id: "workflow.pause",
          title: "Pause new runs",
          group: GROUP,
          keywords: ["hold", "stop"],
          run: () => void editor.pause.set(true),
        }
      : {
          id: "workflow.resume",
          title: "Resume paused runs",
          group: GROUP,
          keywords: ["continue"],
          run: () => void editor.pause.set(false),
        },
    { id: "workflow.delete", title: "Delete this workflow", group: GROUP, keywords: ["remove"], run: actions.remove },
  ];
}
