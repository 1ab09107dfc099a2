import { createContext } from "svelte";

import type { Editor } from "./editor.svelte.ts";

/** The page's editor, for everything inside it. */
export const [getEditor, setEditor] = createContext<Editor>();
