import { createContext } from "svelte";

/** The name of a step for people: its label, otherwise its id. */
export type NameOf = (node: string) => string;

export const [getNameOf, setNameOf] = createContext<NameOf>();
