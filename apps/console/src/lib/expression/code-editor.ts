import {
  autocompletion,
  completionKeymap,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import {
  HighlightStyle,
  StreamLanguage,
  bracketMatching,
  syntaxHighlighting,
  type StringStream,
} from "@codemirror/language";
import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";

import { completionsAt, type Completion } from "./completion.ts";

export type CodeKind = "expression" | "template" | "json";

/** A mistake to underline: from an offset to the end of its word. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

export interface CodeEditorSettings {
  readonly kind: CodeKind;
  readonly text: string;
  readonly attributes: { readonly [name: string]: string };
  readonly placeholder: string;
  readonly onChange: (text: string) => void;
  /** Where the cursor starts, in UTF-16 units. */
  readonly cursor: number;
  /** True when it undoes its own typing. Otherwise the page does, with one log for everything. */
  readonly hasHistory: boolean;
  /** The text can be read and copied, but not changed. */
  readonly isReadOnly: boolean;
  /** The possible completions, requested each time. */
  readonly completions: () => readonly Completion[];
}

export interface CodeEditor {
  setText(text: string): void;
  setFault(fault: Fault | null): void;
  setAttributes(attributes: { readonly [name: string]: string }): void;
  insert(text: string): void;
  focus(): void;
  destroy(): void;
}

/**
 * CodeMirror in a shadow root, where its styles are constructed sheets, which a policy without inline styles allows; in the document they
 * would be a style element.
 */
export function createCodeEditor(host: HTMLElement, settings: CodeEditorSettings): CodeEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const attributes = new Compartment();
  const attributesOf = (given: { readonly [name: string]: string }): Extension =>
    EditorView.contentAttributes.of({ ...given });
  let isOurs = false;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: settings.text,
      selection: { anchor: Math.min(settings.cursor, settings.text.length) },
      extensions: [
        settings.hasHistory ? history() : [],
        EditorState.readOnly.of(settings.isReadOnly),
        bracketMatching(),
        keymap.of([
          ...completionKeymap,
          ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
          ...(settings.hasHistory ? historyKeymap : []),
        ]),
        EditorView.lineWrapping,
        placeholder(settings.placeholder),
        languageOf(settings.kind),
        syntaxHighlighting(HIGHLIGHTS),
        autocompletion({ override: settings.kind === "json" ? [] : [sourceOf(settings)], icons: false }),
        attributes.of(attributesOf(settings.attributes)),
        LOOK,
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !isOurs) settings.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText: (text) => {
      const { doc } = view.state;
      if (doc.length === text.length && doc.toString() === text) return;
      isOurs = true;
      view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
      isOurs = false;
    },
    setFault: (fault) =>
      view.dispatch(setDiagnostics(view.state, fault === null ? [] : [diagnosticOf(view.state, fault)])),
    setAttributes: (given) => view.dispatch({ effects: attributes.reconfigure(attributesOf(given)) }),
    insert: (text) => view.dispatch(view.state.replaceSelection(text)),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

function diagnosticOf(state: EditorState, { offset, message }: Fault): Diagnostic {
  const at = Math.min(offset, state.doc.length);
  const word = /^\S+/.exec(state.sliceDoc(at, at + 40))?.[0] ?? "";
  // At the end of the text there is nothing to underline, so the last character is.
  const from = word === "" ? Math.max(0, at - 1) : at;
  return { from, to: Math.max(from, at + word.length), severity: "error", message };
}

function sourceOf({ kind, completions }: CodeEditorSettings): (context: CompletionContext) => CompletionResult | null {
  return (context) => {
    const before = context.state.sliceDoc(0, context.pos);
    const place = completionsAt(before, completions(), kind === "template");
    if (place === null || (place.from === context.pos && !context.explicit)) return null;
    return {
      from: place.from,
      options: place.options.map(({ name, kind: what, detail, info }) => ({
        label: name,
        detail,
        type: what === "function" ? "function" : "variable",
        ...(info === undefined ? {} : { info }),
        ...(what === "function" ? { apply: `${name}(` } : {}),
      })),
    };
  };
}

function languageOf(kind: CodeKind): Extension {
  if (kind === "json") return json();
  return StreamLanguage.define<{ isInHole: boolean }>({
    startState: () => ({ isInHole: kind === "expression" }),
    token: (stream, state) => {
      if (kind === "template") {
        if (stream.match("{{")) return ((state.isInHole = true), "bracket");
        if (stream.match("}}")) return ((state.isInHole = false), "bracket");
        if (!state.isInHole) return (stream.next(), null);
      }
      return expressionToken(stream);
    },
  });
}

function expressionToken(stream: StringStream): string | null {
  if (stream.eatSpace()) return null;
  if (stream.match(/^'(?:\\.|[^'\\])*'?/) || stream.match(/^`(?:\\.|[^`\\])*`?/)) return "string";
  if (stream.match(/^-?\d+(?:\.\d+)?/)) return "number";
  if (stream.match(/^[A-Za-z_]\w*(?=\s*\()/)) return "keyword";
  if (stream.match(/^[A-Za-z_]\w*|^"(?:\\.|[^"\\])*"?/)) return "variableName";
  if (stream.match(/^(?:&&|\|\||[=!<>]=?|[|&@$*+\-×÷/%])/u)) return "operator";
  stream.next();
  return null;
}

const HIGHLIGHTS = HighlightStyle.define([
  { tag: tags.string, color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
  { tag: [tags.keyword, tags.bracket], color: "var(--accent)" },
  { tag: [tags.variableName, tags.propertyName], color: "var(--ink)" },
  { tag: tags.operator, color: "var(--muted)" },
]);

const LOOK = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--page)", fontSize: "0.8125rem", maxHeight: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--code-font)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { padding: "0.375rem 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 0.625rem" },
  ".cm-placeholder": { color: "var(--muted)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection":
    {
      backgroundColor: "var(--accent-wash)",
    },
  ".cm-tooltip": {
    color: "var(--ink)",
    backgroundColor: "var(--raised)",
    border: "1px solid var(--edge)",
    borderRadius: "0.375rem",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--code-font)", maxHeight: "14rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--accent-ink)", backgroundColor: "var(--accent)" },
  ".cm-completionDetail": { opacity: "0.8", fontStyle: "normal", marginLeft: "1ch" },
  ".cm-diagnostic": { padding: "0.25rem 0.5rem", borderLeft: "3px solid var(--bad)" },
});
