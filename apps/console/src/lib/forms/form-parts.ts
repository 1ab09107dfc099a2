import type { Json, JsonObject, JsonSchema } from "@meshhook/core";
import { createContext, type Component } from "svelte";
import type { JsonPath } from "#lib/builder/json-path.ts";

export interface FieldProps {
  node: string;
  schema: JsonSchema;
  value: Json | undefined;
  path: JsonPath;
  isRequired: boolean;
  /** In place of the schema's title, as for the items of a list. */
  title?: string;
}

export interface FieldsProps {
  node: string;
  schema: JsonSchema;
  value: JsonObject;
  /** The path of the object in the node's config. */
  path: JsonPath;
}

/**
 * The parts of a form that contain each other: a field may be an object of fields. They meet here, so that there are no circular imports.
 */
export interface FormParts {
  readonly Field: Component<FieldProps>;
  readonly Fields: Component<FieldsProps>;
}

export const [getFormParts, setFormParts] = createContext<FormParts>();
