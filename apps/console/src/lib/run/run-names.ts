import { createContext } from "svelte";

/** What people call a step of the run that is shown: its label, else its id. */
export type NameOf = (node: string) => string;

export const [getNameOf, setNameOf] = createContext<NameOf>();
